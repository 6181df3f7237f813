import Digests

/// Words as they stand in designs.
enum TextWords {
  /// The words of a Latin face: a choice that differs from face to face.
  static func latin(for face: String) -> [String] {
    func chosen(_ words: [String], _ count: Int) -> [String] {
      words.map { (SHA256.hexadecimal(of: Array("\(face)\n\($0)".utf8)), $0) }
        .sorted { $0.0 < $1.0 }.prefix(count).map(\.1)
    }
    let headings = chosen(heading, 34)
    return headings + chosen(headings.map { $0.uppercased() }, 8) + chosen(body, 34)
      + chosen(figures, 9)
  }

  private static func split(_ text: String) -> [String] {
    text.split(separator: " ").map(String.init)
  }

  private static let heading = split(
    """
    Summer Winter Market Festival Garden Music Night Coffee Travel Wild Ocean Fresh Modern Studio Design Future Journey \
    Mountain Sale Open Welcome Hello Simple Creative City Light Golden Spring Autumn Weekend Concert Gallery Museum \
    Science Nature Adventure Discover Explore Kitchen Bakery Flowers Dance Cinema Books Story Dream Energy Health \
    Fitness Yoga School Learn Build Grow Team Strategy Growth Report Planet Island Forest River Sunshine Party \
    Birthday Holiday Special Offer Today Now Live Free Best New Big Great Happy Good Morning Evening Street Food \
    Fashion Style Vintage Classic Jazz Rock Opera Theatre Art Craft Photo Camera Space Rocket Moon Star Launch \
    Workshop Meeting Project Product Review Results Agenda Overview Summary
    """)
  private static let body = split(
    """
    the and for with from every day all about your our new ideas people place time work learn more find local fresh \
    made hand tickets available online doors open until late join us free entry children welcome great food music \
    live market street small steps better life home garden water city travel simple guide season best price quality \
    since limited offer today only read story discover share friends family weekend morning evening light colours \
    world change start here book now visit plan team data growth year month results next first good things happen \
    together slow down enjoy nature design craft studio
    """)
  private static let figures = split(
    "2026 50% 20% 24/7 $19 €49 No.1 No.7 12:30 7pm 9am 100% 3D 10+ 365 1.2k 88 #5 A1 Q3 +35% 2030")

  static let cyrillic = split(
    "Привет Лето Музыка Город Новый Сегодня Рынок Сад Книга Ночь мир друзья свет день вода дом время история"
  )
  static let greek = split(
    "Καλημέρα Μουσική Θάλασσα Πόλη Νέο Σήμερα φίλοι κόσμος φως σπίτι χρόνος ημέρα")
  static let arabic = split(
    "مرحبا موسيقى مدينة جديد اليوم سوق حديقة كتاب ليلة عالم نور بيت ماء شمس قصة")
  static let hebrew = split("שלום מוזיקה עיר חדש היום שוק גן ספר לילה עולם אור בית מים שמש סיפור")
  static let devanagari = split("नमस्ते संगीत शहर नया आज बाज़ार बगीचा किताब रात दुनिया घर पानी कहानी")
  static let thai = split("สวัสดี ดนตรี เมือง ใหม่ วันนี้ ตลาด สวน หนังสือ บ้าน น้ำ แสง")
  static let chinese = split("你好 音乐 城市 新品 今天 市场 花园 书店 夜晚 世界 阳光 旅行 咖啡 设计 故事 春天")
  static let japanese = split("こんにちは 音楽 東京 新しい 今日 市場 庭園 本屋 夜 世界 光 旅 コーヒー デザイン 物語 春")
  static let korean = split("안녕 음악 도시 새로운 오늘 시장 정원 책방 밤 세계 햇살 여행 커피 이야기 봄")
}
