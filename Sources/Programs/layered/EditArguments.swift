import ArgumentParser
import DocumentModel
import Editing
import ImageCodecs
import Raster

/// What `layered edit` is to do, from its arguments in their order.
///
/// The argument parser keeps no order between different options, and here the order is the meaning.
struct EditArguments {
  /// Something to do, and the option that asked for it.
  struct Step {
    enum Action {
      case select(NodeSelector)
      /// Reads the picture of a replacement when its turn comes.
      case apply(() throws -> EditOperation)
    }

    let option: String
    let action: Action
  }

  private(set) var input = ""
  private(set) var output = ""
  private(set) var isOverwriting = false
  private(set) var isLenient = false
  private(set) var steps: [Step] = []

  /// - Throws: `ValidationError` for what nobody can mean, `CleanExit` for a request for help.
  init(_ arguments: [String]) throws {
    var rest = arguments[...]
    var inputs: [String] = []
    var outputs: [String] = []
    var selection = Selection.none
    while let argument = rest.popFirst() {
      if argument == "--" {
        inputs += rest
        break
      }
      guard argument.hasPrefix("-"), argument != "-" else {
        inputs.append(argument)
        continue
      }
      var option = EditOption(argument, followedBy: rest)
      switch option.name {
      case "-o", "--output": outputs.append(try option.text())
      case "-h", "--help": throw CleanExit.helpRequest(Edit.self)
      case "--force": isOverwriting = try option.flag(true)
      case "--lenient": isLenient = try option.flag(true)
      case "--layer":
        steps.append(Step(option: "--layer", action: .select(NodeSelector(try option.text()))))
        selection = .made
      default:
        let operation = try option.operation()
        try selection.require(for: option.name)
        if option.name == "--remove" { selection = .removed }
        steps.append(Step(option: option.name, action: .apply(operation)))
      }
      rest = option.rest
    }
    guard let input = inputs.first else { throw ValidationError("Missing the document to edit") }
    guard inputs.count == 1 else {
      throw ValidationError("Two documents to edit, '\(input)' and '\(inputs[1])'")
    }
    guard outputs.count == 1, let output = outputs.first else {
      throw ValidationError(outputs.isEmpty ? "Missing '-o OUT'" : "'-o' is given twice")
    }
    guard steps.contains(where: { if case .apply = $0.action { true } else { false } }) else {
      throw ValidationError("Nothing to do: no operation is given")
    }
    self.input = input
    self.output = output
  }

  /// Whether there is something to edit.
  private enum Selection {
    case none, made, removed

    func require(for name: String) throws {
      switch self {
      case .made: return
      case .none: throw ValidationError("'\(name)' needs a '--layer' before it")
      case .removed:
        throw ValidationError("'\(name)' follows '--remove': give another '--layer' before it")
      }
    }
  }

  static let help = """
    Operations are applied in the order they are given, each to the layer or group that the last --layer \
    named. NAME is the whole name. PLACE is what inspect prints: 0 is the back, 2/0 the backmost member of the \
    group at 2; it counts in the document as the operations before it left it. A name that looks like a place \
    is given as name:NAME. Values that begin with -- follow an equals sign: --rename=--x.

      --move DX,DY          by pixels, right and down
      --place X,Y           puts the top left corner of the box there
      --scale S | SX,SY     about the top left corner of the box, Lanczos
      --resize W,H          the same, to a size
      --rotate DEGREES      clockwise about the centre, which stays
      --recolor COLOUR      keeps shading and alpha
      --hue DEGREES         turns the colours
      --saturation PERCENT  -100 (grey) to 100 (doubled)
      --lightness PERCENT   -100 (black) to 100 (white)
      --opacity X           0 to 1, or 0% to 100%
      --blend MODE          normal, multiply, color-burn, pass-through …
      --rename NAME
      --show, --hide
      --remove
      --duplicate           a copy in front, "NAME copy"; the original stays named
      --replace PICTURE     PNG, JPEG or WebP, fitted into the box
      --raise, --lower      one step among its siblings
      --to-index N          the Nth of its siblings, 0 at the back
      --group NAME          wraps it in a new group; the layer in it stays named

    The box of a layer is the rectangle of its pixels, that of a group the one around its layers. Linked masks \
    go along. COLOUR is \(RGBAPixel.forms).

    -o OUT is the document to write; its ending says the format, and it may be IN with --force, which \
    replaces what exists. --lenient reads on where a layer is broken.
    """
}
