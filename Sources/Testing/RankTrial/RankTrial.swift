import Glibc
import ProcessGroupTesting
import ProcessGroups

/// One process of a group in a test: `RankTrial TRIAL FOLDER PATIENCE`.
///
/// Joins the group of its launcher, goes through the trial and writes its lines to `FOLDER/rank-N.txt`. An error is the
/// last line, upon which the process ends with code 75 and without leaving the group.
@main struct RankTrial {
  static func main() {
    let arguments = CommandLine.arguments
    guard arguments.count == 4, let trial = Trial(rawValue: arguments[1]),
      let patience = Int(arguments[3])
    else {
      print("usage: RankTrial TRIAL FOLDER PATIENCE")
      exit(64)
    }
    let group: any ProcessGroup
    do {
      group = try joinProcessGroup(environment: environment(), patience: .seconds(patience))
    } catch {
      print("error: \(error)")
      exit(70)
    }
    guard let file = fopen("\(arguments[2])/rank-\(group.rank).txt", "w") else { exit(73) }
    func say(_ line: String) {
      fputs(line + "\n", file)
      fflush(file)
    }
    do {
      try trial(in: group, say: say)
      try group.close()
    } catch {
      say("error: \(error)")
      exit(75)
    }
    say("finished")
  }

  private static func environment() -> [String: String] {
    var environment: [String: String] = [:]
    var variable = environ
    while let entry = variable.pointee {
      let text = String(cString: entry)
      let name = text.prefix { $0 != "=" }
      environment[String(name)] = String(text.dropFirst(name.count + 1))
      variable += 1
    }
    return environment
  }
}
