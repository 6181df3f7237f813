import Compositing
import DocumentModel
import ImageCodecs
import StrictXML
import ZipArchive

extension LayeredDocument {
  /// Writes a presentation whose one slide has a shape for each layer and group, the back one first.
  ///
  /// A layer is a PNG at its place, named as the layer; where its text is known it is a text box instead,
  /// so that the words can be edited. Parts beyond the canvas lie beyond the slide. Masks and clipping are
  /// merged into pixels, opacity is a property of each picture. Where the canvas is transparent the slide
  /// is white. The slide's size is that of the canvas in inches, within what slides may have.
  /// Equal documents give equal bytes.
  ///
  /// Source: ECMA-376 part 1, "PresentationML" and "DrawingML", and part 2, "Open Packaging Conventions".
  ///
  /// - Parameter sink: Takes the bytes of the file one part after another.
  /// - Returns: What the file does not hold.
  /// - Throws: `ZipWriteError`, `ImageCodecError`, `RasterError`, `DocumentError` or what the sink throws.
  @discardableResult
  package func writePowerPoint(
    to sink: @escaping ([UInt8]) throws -> Void
  ) throws -> [PowerPointWarning] {
    let (plain, changes) = try simplified()
    let geometry = SlideGeometry(canvas: canvas, resolution: resolution)
    var writer = SlideWriter(geometry: geometry)
    let slide = writer.slide(of: plain.nodes)
    var archive = ZipWriter(to: sink)
    for part in PackagePart.allCases {
      let element = part.element(
        slide: slide, pictureCount: writer.pictures.count, geometry: geometry)
      try archive.append(element.document(), named: part.rawValue)
    }
    for (index, picture) in writer.pictures.enumerated() {
      try archive.append(
        try picture.encoded(as: .png), named: PackagePart.name(ofPicture: index), method: .stored)
    }
    try archive.finish()
    return changes.map(PowerPointWarning.simplified) + writer.warnings + lostWhole(geometry)
  }

  private func lostWhole(_ geometry: SlideGeometry) -> [PowerPointWarning] {
    var warnings: [PowerPointWarning] = []
    if profile != nil { warnings.append(.profile) }
    if geometry.scale != 1 { warnings.append(.scaled(geometry.scale)) }
    if geometry.exceedsCanvas { warnings.append(.slideExceedsCanvas) }
    return warnings
  }
}

extension PackagePart {
  fileprivate func element(
    slide: XMLElement, pictureCount: Int, geometry: SlideGeometry
  ) -> XMLElement {
    switch self {
    case .contentTypes: Self.contentTypesElement
    case .packageRelationships:
      Relationship.element(of: [
        Relationship("officeDocument", to: Self.presentation.rawValue), .coreProperties,
        Relationship("extended-properties", to: Self.applicationProperties.rawValue),
      ])
    case .coreProperties: PresentationParts.coreProperties
    case .applicationProperties: PresentationParts.applicationProperties
    case .presentation: PresentationParts.presentation(of: geometry)
    case .presentationRelationships:
      Relationship.element(of: [
        Relationship("slideMaster", to: "slideMasters/slideMaster1.xml"),
        Relationship("slide", to: "slides/slide1.xml"),
        Relationship("theme", to: "theme/theme1.xml"),
      ])
    case .theme: ThemePart.element
    case .master: PresentationParts.master
    case .masterRelationships:
      Relationship.element(of: [
        Relationship("slideLayout", to: "../slideLayouts/slideLayout1.xml"),
        Relationship("theme", to: "../theme/theme1.xml"),
      ])
    case .layout: PresentationParts.layout
    case .layoutRelationships:
      Relationship.element(of: [
        Relationship("slideMaster", to: "../slideMasters/slideMaster1.xml")
      ])
    case .slide: slide
    case .slideRelationships:
      Relationship.element(
        of: [Relationship("slideLayout", to: "../slideLayouts/slideLayout1.xml")]
          + (0..<pictureCount).map {
            Relationship("image", to: "../media/image\($0 + 1).png")
          })
    }
  }
}
