package wire

import "strings"

// Langs are the languages that there is every text in. The first is that of unknown visitors.
var Langs = []string{"ko", "en"}

// Text is a text in a language, the first of Langs for one that we don't have. args are pairs of a
// name and what replaces {name}. An unknown key is returned as it is.
func Text(lang, key string, args ...string) string {
	table := texts[Langs[0]]
	if t, ok := texts[lang]; ok {
		table = t
	}
	text, ok := table[key]
	if !ok {
		return key
	}
	pairs := make([]string, len(args))
	for i, a := range args {
		if i%2 == 0 {
			a = "{" + a + "}"
		} else if strings.ContainsFunc(a, leftward) {
			a = "\u2068" + a + "\u2069" // or what stands behind it would be on its other side
		}
		pairs[i] = a
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// leftward tells whether a character is written from right to left; the page has the same.
func leftward(r rune) bool {
	return 0x590 <= r && r <= 0x8ff || 0xfb1d <= r && r <= 0xfdff || 0xfe70 <= r && r <= 0xfefc || 0x10800 <= r && r <= 0x10fff || 0x1e800 <= r && r <= 0x1efff
}

// texts are what the server says; the page has its own.
var texts = map[string]map[string]string{
	"ko": korean, "en": english,
}

var korean = map[string]string{
	"span.s": "{n}초",
	"span.m": "{n}분",
	"span.h": "{n}시간",
	"span.d": "{n}일",

	"about.name":   "마당",
	"about.site":   "가입 없이 방을 열고, 링크만 보내면 바로 이야기할 수 있어요.",
	"about.nobody": "지금은 아무도 없어요",
	"about.one":    "한 명이 있어요",
	"about.people": "{n}명이 있어요",
	"about.now":    "방금 이야기했어요",
	"about.active": "마지막 이야기 {span} 전",

	"sys.join":     "{name}님이 입장하셨습니다.",
	"sys.exit":     "{name}님이 퇴장하셨습니다.",
	"sys.owner":    "이제 {name}님이 방장입니다.",
	"sys.created":  "{name}님이 '{title}' 방을 만들었습니다.",
	"sys.nick":     "이름을 바꿨습니다: {old} → {new}",
	"sys.removed":  "{actor}님이 {name}님을 내보냈습니다.",
	"sys.banned":   "{actor}님이 {name}님을 이 방에서 차단했습니다.",
	"sys.lifted":   "{actor}님이 {name}님의 차단을 풀었습니다.",
	"sys.named":    "{actor}님이 {name}님을 부방장으로 정했습니다.",
	"sys.unnamed":  "{name}님은 이제 부방장이 아닙니다.",
	"sys.title":    "{name}님이 방 이름을 바꿨습니다: {title}",
	"sys.max":      "{name}님이 최대 인원을 {n}명으로 바꿨습니다.",
	"sys.password": "{name}님이 비밀번호를 정했습니다.",
	"sys.open":     "{name}님이 비밀번호를 없앴습니다.",
	"sys.listed":   "{name}님이 방을 목록에 올렸습니다.",
	"sys.unlisted": "{name}님이 방을 목록에서 내렸습니다.",
	"sys.quiet":    "{name}님이 방을 읽기 전용으로 바꿨습니다.",
	"sys.talk":     "이제 누구나 쓸 수 있습니다.",
	"sys.slow":     "한 사람이 {n}초에 한 번 쓸 수 있습니다.",

	"sys.cleared": "{actor}님이 {name}님의 메시지 {n}개를 삭제했습니다.",

	"notice.RESTART": "서버를 업데이트하는 중이에요. 잠시만요.",

	"err.NO_SUCH_ROOM":   "존재하지 않는 방입니다.",
	"err.WRONG_PASSWORD": "비밀번호가 틀렸습니다.",
	"err.ROOM_FULL":      "허용 인원이 초과하였습니다.",
	"err.NOT_OWNER":      "방장만 할 수 있어요.",
	"err.NOT_IN_CHARGE":  "방장과 부방장만 할 수 있어요.",
	"err.NOT_MEMBER":     "방에 들어온 사람만 할 수 있어요.",
	"err.KICKED":         "방에서 내보내졌어요.",
	"err.ROOM_BANNED":    "이 방에서 차단됐어요.",
	"err.TOO_MANY":       "더는 할 수 없어요.",
	"err.READ_ONLY":      "방장과 부방장만 쓸 수 있는 방이에요.",
	"err.SLOW_MODE":      "{n}초에 한 번 쓸 수 있어요. {wait} 뒤에 보낼 수 있어요.",
	"err.CLOSED":         "방이 닫혔어요.",
	"err.DOOR_LOCKED":    "문이 잠겨 있어요. 열리면 들어갈 수 있어요.",
	"err.PROOF_NEEDED":   "사람이 몰리고 있어요. 잠시 확인하고 들어갈 수 있어요.",
	"err.RATE_LIMITED":   "너무 빨라요. 잠시 뒤에 다시 시도해 주세요.",
	"err.LOCKED_OUT":     "요청이 너무 많아서 잠시 막혔어요. {wait} 뒤에 다시 들어올 수 있어요.",
	"err.BANNED":         "이 서버를 이용할 수 없어요.",
	"err.TOO_MANY_ROOMS": "방을 더 열 수 없어요.",
	"err.NO_SUCH_LINK":   "이미 썼거나 오래된 링크예요. 다른 기기에서 새로 만들어 주세요.",
	"err.SERVER_FULL":    "이 서버에는 방을 더 열 자리가 없어요.",
	"err.NO_SPACE":       "서버에 저장할 자리가 없어요. 글은 계속 보낼 수 있어요.",
	"err.BAD_REQUEST":    "알아들을 수 없는 요청이에요.",
	"err.BAD_TITLE":      "방 이름을 적어 주세요.",
	"err.BAD_SLUG":       "주소에 쓸 수 없는 이름이에요. 글자, 숫자, -, _만 쓸 수 있어요.",
	"err.BAD_MAX":        "최대 인원을 다시 적어 주세요.",
	"err.BAD_SPAN":       "이 서버에서는 고를 수 없는 기간이에요.",
	"err.BAD_PASSWORD":   "비밀번호를 다시 적어 주세요.",
	"err.BAD_MESSAGE":    "보낼 내용을 적어 주세요.",
	"err.BAD_NICK":       "1–20자로 한 줄에 적어 주세요. ‘관리자’ 같은 이름은 쓸 수 없어요.",
	"err.NICK_TAKEN":     "이미 쓰는 이름이에요.",
	"err.TOO_LONG":       "메시지가 너무 길어요.",
	"err.TOO_LARGE":      "보낸 내용이 너무 커요.",
	"err.BAD_TYPE":       "GIF, PNG, JPEG, WebP만 올릴 수 있어요.",
	"err.BAD_IMAGE":      "사진이 깨져서 읽을 수 없어요.",
	"err.NOT_FOUND":      "찾는 페이지가 없어요.",
	"err.UNAUTHORIZED":   "페이지를 새로 고쳐 주세요.",
	"err.BAD_ORIGIN":     "다른 사이트에서 온 요청은 받을 수 없어요.",
	"err.UNAVAILABLE":    "지금은 처리할 수 없어요. 잠시 뒤에 다시 시도해 주세요.",
	"err.INTERNAL":       "문제가 생겼어요. (번호 {ref})",

	"err.KICKED.wait":      "방에서 내보내졌어요. {wait} 뒤에 다시 들어올 수 있어요.",
	"err.ROOM_BANNED.wait": "이 방에서 차단됐어요. {wait} 뒤에 다시 들어올 수 있어요.",

	"limit.title":                     "방 이름은 {n}자까지 적을 수 있어요.",
	"limit.nickname":                  "이름은 {n}자까지 적을 수 있어요.",
	"limit.nick-changes":              "이름은 {n}번까지 잇달아 바꿀 수 있어요. {wait} 뒤에 다시 바꿀 수 있어요.",
	"limit.nick-changes-per-address":  "같은 네트워크에서 이름을 너무 많이 바꾸고 있어요. {wait} 뒤에 바꿀 수 있어요.",
	"limit.tag-changes":               "암호는 {n}번까지 잇달아 정할 수 있어요. {wait} 뒤에 다시 정할 수 있어요.",
	"limit.tag-changes-per-address":   "같은 네트워크에서 암호를 너무 많이 정하고 있어요. {wait} 뒤에 정할 수 있어요.",
	"limit.links":                     "링크는 {n}번까지 잇달아 만들 수 있어요. {wait} 뒤에 다시 만들 수 있어요.",
	"limit.link-tries-per-address":    "같은 네트워크에서 쓸 수 없는 링크를 너무 많이 열었어요. {wait} 뒤에 다시 열어 주세요.",
	"limit.devices":                   "기기는 {n}대까지 이을 수 있어요. 하나를 끊으면 새로 이을 수 있어요.",
	"limit.slug":                      "주소에 쓸 수 없는 이름이에요. 글자, 숫자, -, _로 {n}자까지 쓸 수 있어요.",
	"limit.max-least":                 "최대 인원은 {n}명부터예요.",
	"limit.max-most":                  "최대 인원은 {n}명까지예요.",
	"limit.password-min":              "비밀번호는 {n}자부터 쓸 수 있어요.",
	"limit.password-max":              "비밀번호는 {n}자까지 쓸 수 있어요.",
	"limit.message-graphemes":         "메시지는 {n}자까지 보낼 수 있어요.",
	"limit.message-bytes":             "메시지는 {n}바이트까지 보낼 수 있어요.",
	"limit.pictures":                  "메시지 하나에 사진을 {n}장까지 보낼 수 있어요.",
	"limit.alt":                       "사진 설명은 {n}자까지 적을 수 있어요.",
	"limit.upload":                    "사진은 {n}MB까지 올릴 수 있어요.",
	"limit.image-side":                "사진은 가로·세로 {n}px까지 올릴 수 있어요.",
	"limit.image-frames":              "사진은 {n}프레임까지 올릴 수 있어요.",
	"limit.image-area":                "사진의 프레임을 모두 합치면 너무 커요.",
	"limit.image-scans":               "JPEG가 {n}번보다 많이 나뉘어 있어요. 다른 형식으로 저장해서 올려 주세요.",
	"limit.address-uploads-at-once":   "같은 네트워크에서 사진 {n}장을 한꺼번에 올리고 있어요. {wait} 뒤에 올릴 수 있어요.",
	"limit.creates-per-address":       "한 곳에서 방을 너무 자주 열고 있어요. {wait} 뒤에 다시 열 수 있어요.",
	"limit.changes-per-minute":        "방 설정을 너무 자주 바꾸고 있어요. {wait} 뒤에 바꿀 수 있어요.",
	"limit.rooms-per-identity":        "방은 한 사람이 {n}개까지 열 수 있어요. 하나를 닫거나 끝나기를 기다리면 새로 열 수 있어요.",
	"limit.rooms":                     "이 서버의 방 {n}개가 다 찼어요. 다른 방에 들어가거나 나중에 다시 열어 주세요.",
	"limit.send-per-second":           "너무 빨라요. {wait} 뒤에 보낼 수 있어요.",
	"limit.address-sends-per-second":  "같은 네트워크에서 너무 많이 보내고 있어요. {wait} 뒤에 보낼 수 있어요.",
	"limit.room-per-second":           "방이 너무 붐벼요. {wait} 뒤에 보낼 수 있어요.",
	"limit.address-room-day":          "같은 네트워크에서 오늘 열 수 있는 방 {n}개를 다 열었어요. {wait} 뒤에 열 수 있어요.",
	"user.rooms-per-identity":         "그 사람은 이미 한 사람이 가질 수 있는 방 {n}개를 가지고 있어요. 그중 하나가 닫히면 넘길 수 있어요.",
	"limit.address-text-day":          "같은 네트워크에서 오늘 보낼 수 있는 글 {n}MB를 다 썼어요. {wait} 뒤에 보낼 수 있어요.",
	"limit.joins-per-minute":          "방을 너무 자주 옮겨 다니고 있어요. {wait} 뒤에 들어갈 수 있어요.",
	"limit.address-joins-per-minute":  "같은 네트워크에서 들어오는 사람이 너무 많아요. {wait} 뒤에 들어갈 수 있어요.",
	"limit.room-joins-per-minute":     "방에 들어오는 사람이 너무 많아요. {wait} 뒤에 들어갈 수 있어요.",
	"limit.room-newcomers-free":       "이 방에 사람이 몰리고 있어요. 잠시 확인하거나 {wait} 기다리면 들어갈 수 있어요.",
	"limit.newcomers-free":            "서버에 사람이 몰리고 있어요. 잠시 확인하거나 {wait} 기다리면 들어갈 수 있어요.",
	"limit.history-per-second":        "이전 대화를 너무 빨리 넘기고 있어요. {wait} 뒤에 다시 볼 수 있어요.",
	"limit.address-reads-per-second":  "같은 네트워크에서 대화를 너무 많이 불러오고 있어요. {wait} 뒤에 이어서 볼 수 있어요.",
	"limit.moderators":                "부방장은 {n}명까지 정할 수 있어요.",
	"limit.room-bans":                 "방 하나에서 {n}명까지 막을 수 있어요. 목록에서 몇 명을 풀어 주세요.",
	"limit.reason":                    "이유는 {n}자까지 적을 수 있어요.",
	"limit.exports":                   "내보내기는 잇따라 {n}번까지 할 수 있어요. {wait} 뒤에 다시 할 수 있어요.",
	"limit.exporting":                 "지금 다른 방을 내보내고 있어요. 잠시 뒤에 다시 시도해 주세요.",
	"limit.search-text":               "찾을 말은 {n}자까지 쓸 수 있어요.",
	"limit.search-time":               "지금은 찾는 데 너무 오래 걸려요. 잠시 뒤에 다시 찾아 주세요.",
	"limit.searches-per-second":       "너무 빨리 찾고 있어요. {wait} 뒤에 이어서 찾을 수 있어요.",
	"limit.reports-per-minute":        "신고를 너무 자주 하고 있어요. {wait} 뒤에 다시 해 주세요.",
	"limit.acts-per-second":           "한꺼번에 너무 많이 했어요. {wait} 뒤에 다시 해 주세요.",
	"limit.lists-per-second":          "방 목록을 너무 빨리 찾고 있어요. {wait} 뒤에 다시 찾아요.",
	"limit.events-per-second":         "한꺼번에 너무 많이 요청했어요. {wait} 뒤에 다시 시도해 주세요.",
	"limit.sessions-per-minute":       "같은 네트워크에서 새로 온 사람이 너무 많아요. {wait} 뒤에 다시 와 주세요.",
	"limit.uploads-per-minute":        "사진은 1분에 {n}번까지 올릴 수 있어요. {wait} 뒤에 올릴 수 있어요.",
	"limit.upload-day":                "사진은 하루에 {n}MB까지 올릴 수 있어요. {wait} 뒤에 올릴 수 있어요.",
	"limit.address-upload-day":        "같은 네트워크에서 오늘 올릴 수 있는 사진 {n}MB를 다 썼어요. {wait} 뒤에 올릴 수 있어요.",
	"limit.media-total":               "이 서버에 사진을 더 둘 자리가 없어요. 글은 계속 보낼 수 있어요.",
	"limit.disk-reserve":              "서버의 디스크가 거의 찼어요. 글은 계속 보낼 수 있어요.",
	"limit.guesses":                   "비밀번호를 너무 많이 틀렸어요. {wait} 뒤에 다시 시도해 주세요.",
	"limit.guesses-per-address":       "같은 네트워크에서 비밀번호를 너무 많이 틀렸어요. {wait} 뒤에 다시 시도해 주세요.",
	"limit.hashing-queue":             "지금은 비밀번호를 확인할 수 없어요. 잠시 뒤에 다시 시도해 주세요.",
	"limit.sockets-per-identity":      "창은 한 사람이 {n}개까지 열 수 있어요. 다른 창을 닫아 주세요.",
	"limit.sockets-per-address":       "같은 네트워크에서 {n}개까지 연결할 수 있어요. 다른 창을 닫아 주세요.",
	"limit.sockets":                   "지금은 서버가 가득 찼어요. 자리가 나면 연결돼요.",
	"limit.requests-per-second":       "같은 네트워크에서 요청이 너무 많아요. {wait} 뒤에 다시 시도해 주세요.",
	"limit.address-events-per-second": "같은 네트워크에서 요청이 너무 많아요. {wait} 뒤에 다시 시도해 주세요.",
	"limit.handshakes-per-second":     "같은 네트워크에서 한꺼번에 너무 많이 연결하고 있어요. 잠시 뒤에 연결돼요.",
	"limit.offences":                  "요청이 너무 많아서 잠시 막혔어요. {wait} 뒤에 다시 들어올 수 있어요.",
	"limit.offences-per-address":      "같은 네트워크에서 요청이 너무 많아 새로 온 사람은 잠시 들어올 수 없어요. {wait} 뒤에 다시 와 주세요.",
}
