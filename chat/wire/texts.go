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
		}
		pairs[i] = a
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// texts are what the server says; the page has its own.
var texts = map[string]map[string]string{
	"ko": {
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

		"sys.join":    "{name}님이 입장하셨습니다.",
		"sys.exit":    "{name}님이 퇴장하셨습니다.",
		"sys.created": "{name}님이 '{title}' 방을 만들었습니다.",

		"notice.RESTART": "서버를 업데이트하는 중이에요. 잠시만요.",

		"err.NO_SUCH_ROOM":   "존재하지 않는 방입니다.",
		"err.WRONG_PASSWORD": "비밀번호가 틀렸습니다.",
		"err.ROOM_FULL":      "허용 인원이 초과하였습니다.",
		"err.NOT_OWNER":      "방장만 할 수 있어요.",
		"err.NOT_MEMBER":     "방에 들어온 사람만 할 수 있어요.",
		"err.CLOSED":         "방이 닫혔어요.",
		"err.RATE_LIMITED":   "너무 빨라요. 잠시 뒤에 다시 시도해 주세요.",
		"err.LOCKED_OUT":     "요청이 너무 많아서 잠시 막혔어요. {wait} 뒤에 다시 들어올 수 있어요.",
		"err.BANNED":         "이 서버를 이용할 수 없어요.",
		"err.TOO_MANY_ROOMS": "방을 더 열 수 없어요.",
		"err.SERVER_FULL":    "이 서버에는 방을 더 열 자리가 없어요.",
		"err.NO_SPACE":       "서버에 저장할 자리가 없어요. 글은 계속 보낼 수 있어요.",
		"err.BAD_REQUEST":    "알아들을 수 없는 요청이에요.",
		"err.BAD_TITLE":      "방 이름을 적어 주세요.",
		"err.BAD_MAX":        "최대 인원을 다시 적어 주세요.",
		"err.BAD_SPAN":       "이 서버에서는 고를 수 없는 기간이에요.",
		"err.BAD_PASSWORD":   "비밀번호를 다시 적어 주세요.",
		"err.BAD_MESSAGE":    "보낼 내용을 적어 주세요.",
		"err.TOO_LONG":       "메시지가 너무 길어요.",
		"err.TOO_LARGE":      "보낸 내용이 너무 커요.",
		"err.BAD_TYPE":       "GIF, PNG, JPEG, WebP만 올릴 수 있어요.",
		"err.BAD_IMAGE":      "사진이 깨져서 읽을 수 없어요.",
		"err.NOT_FOUND":      "찾는 페이지가 없어요.",
		"err.UNAUTHORIZED":   "페이지를 새로 고쳐 주세요.",
		"err.BAD_ORIGIN":     "다른 사이트에서 온 요청은 받을 수 없어요.",
		"err.UNAVAILABLE":    "지금은 처리할 수 없어요. 잠시 뒤에 다시 시도해 주세요.",
		"err.INTERNAL":       "문제가 생겼어요. (번호 {ref})",

		"limit.title":                     "방 이름은 {n}자까지 적을 수 있어요.",
		"limit.max-least":                 "최대 인원은 {n}명부터예요.",
		"limit.max-most":                  "최대 인원은 {n}명까지예요.",
		"limit.password-min":              "비밀번호는 {n}자부터 쓸 수 있어요.",
		"limit.password-max":              "비밀번호는 {n}자까지 쓸 수 있어요.",
		"limit.message-graphemes":         "메시지는 {n}자까지 보낼 수 있어요.",
		"limit.message-bytes":             "메시지는 {n}바이트까지 보낼 수 있어요.",
		"limit.upload":                    "사진은 {n}MB까지 올릴 수 있어요.",
		"limit.image-side":                "사진은 가로·세로 {n}px까지 올릴 수 있어요.",
		"limit.image-frames":              "사진은 {n}프레임까지 올릴 수 있어요.",
		"limit.image-area":                "사진의 프레임을 모두 합치면 너무 커요.",
		"limit.image-scans":               "JPEG가 {n}번보다 많이 나뉘어 있어요. 다른 형식으로 저장해서 올려 주세요.",
		"limit.address-uploads-at-once":   "같은 네트워크에서 사진 {n}장을 한꺼번에 올리고 있어요. {wait} 뒤에 올릴 수 있어요.",
		"limit.creates-per-address":       "한 곳에서 방을 너무 자주 열고 있어요. {wait} 뒤에 다시 열 수 있어요.",
		"limit.changes-per-minute":        "방 설정을 너무 자주 바꾸고 있어요. {wait} 뒤에 바꿀 수 있어요.",
		"limit.rooms-per-identity":        "방은 한 사람이 {n}개까지 열 수 있어요. 하나를 닫으면 새로 열 수 있어요.",
		"limit.rooms":                     "이 서버의 방 {n}개가 다 찼어요. 다른 방에 들어가거나 나중에 다시 열어 주세요.",
		"limit.send-per-second":           "너무 빨라요. {wait} 뒤에 보낼 수 있어요.",
		"limit.address-sends-per-second":  "같은 네트워크에서 너무 많이 보내고 있어요. {wait} 뒤에 보낼 수 있어요.",
		"limit.room-per-second":           "방이 너무 붐벼요. {wait} 뒤에 보낼 수 있어요.",
		"limit.address-text-day":          "같은 네트워크에서 오늘 보낼 수 있는 글 {n}MB를 다 썼어요. {wait} 뒤에 보낼 수 있어요.",
		"limit.joins-per-minute":          "방을 너무 자주 옮겨 다니고 있어요. {wait} 뒤에 들어갈 수 있어요.",
		"limit.address-joins-per-minute":  "같은 네트워크에서 들어오는 사람이 너무 많아요. {wait} 뒤에 들어갈 수 있어요.",
		"limit.room-joins-per-minute":     "방에 들어오는 사람이 너무 많아요. {wait} 뒤에 들어갈 수 있어요.",
		"limit.history-per-second":        "이전 대화를 너무 빨리 넘기고 있어요. {wait} 뒤에 다시 볼 수 있어요.",
		"limit.address-reads-per-second":  "같은 네트워크에서 대화를 너무 많이 불러오고 있어요. {wait} 뒤에 이어서 볼 수 있어요.",
		"limit.lists-per-second":          "방 목록을 너무 빨리 찾고 있어요. {wait} 뒤에 다시 찾아요.",
		"limit.events-per-second":         "한꺼번에 너무 많이 요청했어요. {wait} 뒤에 다시 시도해 주세요.",
		"limit.sessions-per-minute":       "같은 네트워크에서 새로 온 사람이 너무 많아요. {wait} 뒤에 다시 와 주세요.",
		"limit.uploads-per-minute":        "사진은 1분에 {n}장까지 올릴 수 있어요. {wait} 뒤에 올릴 수 있어요.",
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
	},
	"en": {
		"span.s": "{n} s",
		"span.m": "{n} min",
		"span.h": "{n} h",
		"span.d": "{n} days",

		"about.name":   "Madang",
		"about.site":   "Open a room without an account, share its link and talk.",
		"about.nobody": "nobody is here right now",
		"about.one":    "1 person is here",
		"about.people": "{n} people are here",
		"about.now":    "last message just now",
		"about.active": "last message {span} ago",

		"sys.join":    "{name} joined.",
		"sys.exit":    "{name} left.",
		"sys.created": "{name} opened “{title}”.",

		"notice.RESTART": "Server is updating. One moment.",

		"err.NO_SUCH_ROOM":   "No such room.",
		"err.WRONG_PASSWORD": "Wrong password.",
		"err.ROOM_FULL":      "The room is full.",
		"err.NOT_OWNER":      "Only the owner can do that.",
		"err.NOT_MEMBER":     "Only people in the room can do that.",
		"err.CLOSED":         "This room was closed.",
		"err.RATE_LIMITED":   "Too fast. Try again shortly.",
		"err.LOCKED_OUT":     "Too many requests, so you are locked out. You can come back in {wait}.",
		"err.BANNED":         "You can't use this server.",
		"err.TOO_MANY_ROOMS": "You can't open more rooms.",
		"err.SERVER_FULL":    "This server has no place for another room.",
		"err.NO_SPACE":       "The server has no space left for this. Messages still work.",
		"err.BAD_REQUEST":    "The request makes no sense.",
		"err.BAD_TITLE":      "Give the room a name.",
		"err.BAD_MAX":        "Choose another number of people.",
		"err.BAD_SPAN":       "This server doesn't offer that span.",
		"err.BAD_PASSWORD":   "Choose another password.",
		"err.BAD_MESSAGE":    "Write something to send.",
		"err.TOO_LONG":       "The message is too long.",
		"err.TOO_LARGE":      "That is too large.",
		"err.BAD_TYPE":       "GIF, PNG, JPEG or WebP only.",
		"err.BAD_IMAGE":      "The picture is broken and can't be read.",
		"err.NOT_FOUND":      "Page not found.",
		"err.UNAUTHORIZED":   "Please reload the page.",
		"err.BAD_ORIGIN":     "Requests from other sites aren't accepted.",
		"err.UNAVAILABLE":    "Can't do that right now. Try again shortly.",
		"err.INTERNAL":       "Something went wrong. (ref {ref})",

		"limit.title":                     "A room name has at most {n} characters.",
		"limit.max-least":                 "A room takes at least {n} people.",
		"limit.max-most":                  "A room takes at most {n} people.",
		"limit.password-min":              "A password has at least {n} characters.",
		"limit.password-max":              "A password has at most {n} characters.",
		"limit.message-graphemes":         "A message has at most {n} characters.",
		"limit.message-bytes":             "A message has at most {n} bytes.",
		"limit.upload":                    "A picture has at most {n} MB.",
		"limit.image-side":                "A picture is at most {n} px wide and high.",
		"limit.image-frames":              "A picture has at most {n} frames.",
		"limit.image-area":                "The picture's frames are too large together.",
		"limit.image-scans":               "The JPEG comes in more than {n} parts. Save it in another form and send that.",
		"limit.address-uploads-at-once":   "Your network is sending {n} pictures at once. You can send in {wait}.",
		"limit.creates-per-address":       "Too many rooms opened from your network. You can open one in {wait}.",
		"limit.changes-per-minute":        "You are changing rooms too often. You can go on in {wait}.",
		"limit.rooms-per-identity":        "One person can have {n} open rooms. Close one to open another.",
		"limit.rooms":                     "All {n} rooms of this server are taken. Enter one, or open yours later.",
		"limit.send-per-second":           "Too fast. You can send in {wait}.",
		"limit.address-sends-per-second":  "Too many messages from your network. You can send in {wait}.",
		"limit.room-per-second":           "The room is very busy. You can send in {wait}.",
		"limit.address-text-day":          "Your network has sent its {n} MB of messages for today. You can send in {wait}.",
		"limit.joins-per-minute":          "You are changing rooms too often. You can enter in {wait}.",
		"limit.address-joins-per-minute":  "Too many people are entering from your network. You can enter in {wait}.",
		"limit.room-joins-per-minute":     "Too many people are entering this room. You can enter in {wait}.",
		"limit.history-per-second":        "That is too fast for the history. Go on in {wait}.",
		"limit.address-reads-per-second":  "Your network reads too much at once. You can go on in {wait}.",
		"limit.lists-per-second":          "That is too fast for the list of rooms. Go on in {wait}.",
		"limit.events-per-second":         "Too many requests at once. Try again in {wait}.",
		"limit.sessions-per-minute":       "Too many newcomers from your network. Come back in {wait}.",
		"limit.uploads-per-minute":        "You can send {n} pictures a minute. The next one in {wait}.",
		"limit.upload-day":                "You can send {n} MB of pictures a day. The next one in {wait}.",
		"limit.address-upload-day":        "Your network has sent its {n} MB of pictures for today. The next one in {wait}.",
		"limit.media-total":               "This server has no space for more pictures. Messages still work.",
		"limit.disk-reserve":              "The server's disk is nearly full. Messages still work.",
		"limit.guesses":                   "Too many wrong passwords. Try again in {wait}.",
		"limit.guesses-per-address":       "Too many wrong passwords from your network. Try again in {wait}.",
		"limit.hashing-queue":             "Passwords can't be checked right now. Try again shortly.",
		"limit.sockets-per-identity":      "One person can have {n} windows open. Close another one.",
		"limit.sockets-per-address":       "Your network can have {n} connections. Close another window.",
		"limit.sockets":                   "The server is full right now. You'll be connected when there is room.",
		"limit.requests-per-second":       "Too many requests from your network. Try again in {wait}.",
		"limit.address-events-per-second": "Too many requests from your network. Try again in {wait}.",
		"limit.handshakes-per-second":     "Too many connections from your network at once. You will be connected in a moment.",
		"limit.offences":                  "Too many requests, so you are locked out. You can come back in {wait}.",
		"limit.offences-per-address":      "Too many requests from your network, so newcomers have to wait. Come back in {wait}.",
	},
}
