import DocumentModel
import ImageCodecs

extension LayeredDocument {
  /// The same document with layers in sRGB, for formats whose pixels are; as it is where they are already.
  ///
  /// Blending is then that of sRGB numbers, which can differ a little from the look in the profile.
  func convertedToSRGB() throws(DocumentError) -> LayeredDocument {
    guard let profile else { return self }
    var document = self
    // Numbers of a profile that is none are those of sRGB.
    if let colors = ColorProfile(profile, of: .rgb) {
      document = try withNodes(try converted(nodes, from: colors))
    }
    document.profile = nil
    return document
  }
}

/// Recursion is bounded by the height of groups.
private func converted(
  _ nodes: [LayerNode], from profile: ColorProfile
) throws(DocumentError) -> [LayerNode] {
  var result: [LayerNode] = []
  for node in nodes {
    switch node {
    case .layer(var layer):
      layer.pixels = layer.pixels?.convertedToSRGB(from: profile)
      result.append(.layer(layer))
    case .group(let group):
      result.append(.group(try group.withChildren(try converted(group.children, from: profile))))
    }
  }
  return result
}
