/// Whether a name stays inside the folder that an archive would be unpacked to.
///
/// Refused are empty names, absolute ones, drive letters, backslashes, control characters, and the
/// components "", "." and ".."; a slash at the end marks a folder.
func isSafeEntryName(_ name: String) -> Bool {
  guard !name.isEmpty, name.utf8.count <= 4096 else { return false }
  for scalar in name.unicodeScalars where scalar.value < 32 || scalar.value == 127 { return false }
  guard !name.contains("\\"), !name.contains(":") else { return false }
  var components = name.split(separator: "/", omittingEmptySubsequences: false)
  if components.count > 1, components.last?.isEmpty == true { components.removeLast() }
  return components.allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." }
}
