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
		"sys.join":    "{name}님이 입장하셨습니다.",
		"sys.exit":    "{name}님이 퇴장하셨습니다.",
		"sys.created": "{name}님이 '{title}' 방을 만들었습니다.",

		"err.NO_SUCH_ROOM":   "존재하지 않는 방입니다.",
		"err.WRONG_PASSWORD": "비밀번호가 틀렸습니다.",
		"err.ROOM_FULL":      "허용 인원이 초과하였습니다.",
		"err.NOT_OWNER":      "방장만 할 수 있어요.",
		"err.NOT_MEMBER":     "방에 들어온 사람만 할 수 있어요.",
		"err.CLOSED":         "방이 닫혔어요.",
		"err.RATE_LIMITED":   "너무 빨라요. 잠시 뒤에 다시 시도해 주세요.",
		"err.BAD_REQUEST":    "알아들을 수 없는 요청이에요.",
		"err.BAD_TITLE":      "방 이름은 1–50자로 적어 주세요.",
		"err.BAD_MAX":        "최대 인원은 2–1000명이에요.",
		"err.BAD_PASSWORD":   "비밀번호는 4–64자로 적어 주세요.",
		"err.BAD_MESSAGE":    "보낼 내용을 적어 주세요.",
		"err.TOO_LONG":       "메시지가 너무 길어요. 2,000자, 8KB까지 보낼 수 있어요.",
		"err.TOO_LARGE":      "5MB까지 올릴 수 있어요.",
		"err.BAD_TYPE":       "GIF, PNG, JPEG, WebP만 올릴 수 있어요.",
		"err.BAD_IMAGE":      "이미지가 너무 크거나 깨졌어요 (가로·세로 4096px, 500프레임까지).",
		"err.NOT_FOUND":      "찾는 페이지가 없어요.",
		"err.UNAUTHORIZED":   "페이지를 새로 고쳐 주세요.",
		"err.BAD_ORIGIN":     "다른 사이트에서 온 요청은 받을 수 없어요.",
		"err.UNAVAILABLE":    "지금은 처리할 수 없어요. 잠시 뒤에 다시 시도해 주세요.",
		"err.INTERNAL":       "문제가 생겼어요. (번호 {ref})",
	},
	"en": {
		"sys.join":    "{name} joined.",
		"sys.exit":    "{name} left.",
		"sys.created": "{name} opened “{title}”.",

		"err.NO_SUCH_ROOM":   "No such room.",
		"err.WRONG_PASSWORD": "Wrong password.",
		"err.ROOM_FULL":      "The room is full.",
		"err.NOT_OWNER":      "Only the owner can do that.",
		"err.NOT_MEMBER":     "Only people in the room can do that.",
		"err.CLOSED":         "This room was closed.",
		"err.RATE_LIMITED":   "Too fast. Try again shortly.",
		"err.BAD_REQUEST":    "The request makes no sense.",
		"err.BAD_TITLE":      "A room name has 1–50 characters.",
		"err.BAD_MAX":        "A room takes 2–1000 people.",
		"err.BAD_PASSWORD":   "A password has 4–64 characters.",
		"err.BAD_MESSAGE":    "Write something to send.",
		"err.TOO_LONG":       "The message is too long: up to 2,000 characters and 8 KB.",
		"err.TOO_LARGE":      "Up to 5 MB.",
		"err.BAD_TYPE":       "GIF, PNG, JPEG or WebP only.",
		"err.BAD_IMAGE":      "The image is too large or broken (4096 px, 500 frames max).",
		"err.NOT_FOUND":      "Page not found.",
		"err.UNAUTHORIZED":   "Please reload the page.",
		"err.BAD_ORIGIN":     "Requests from other sites aren't accepted.",
		"err.UNAVAILABLE":    "Can't do that right now. Try again shortly.",
		"err.INTERNAL":       "Something went wrong. (ref {ref})",
	},
}
