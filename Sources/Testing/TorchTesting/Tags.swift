import Testing

extension Tag {
  /// Compares with values that the reference made.
  @Tag package static var golden: Self
}
