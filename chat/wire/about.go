package wire

import (
	"strconv"
	"time"

	"github.com/madang-chat/madang/chat"
)

// AboutRoom is a line on a room for those who haven't seen it: how many are there, and how long ago
// something was said.
func AboutRoom(r chat.Room, lang string, now time.Time) string {
	key := "about.people"
	switch r.Count {
	case 0:
		key = "about.nobody"
	case 1:
		key = "about.one"
	}
	quiet := now.Sub(r.Active)
	if quiet < time.Minute {
		return Text(lang, key, "n", strconv.Itoa(r.Count)) + " · " + Text(lang, "about.now")
	}
	return Text(lang, key, "n", strconv.Itoa(r.Count)) + " · " + Text(lang, "about.active", "span", spanOf(lang, quiet))
}
