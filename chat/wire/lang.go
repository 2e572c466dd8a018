package wire

import "strings"

// Lang is the language of a visitor: the chosen one, else the first of ours that the browser's
// Accept-Language names, else Korean.
func Lang(chosen, accepted string) string {
	if chosen == "ko" || chosen == "en" {
		return chosen
	}
	// Browsers list the tags by preference.
	for tag := range strings.SplitSeq(accepted, ",") {
		tag, _, _ = strings.Cut(strings.TrimSpace(tag), ";")
		switch primary, _, _ := strings.Cut(strings.ToLower(tag), "-"); primary {
		case "ko", "en":
			return primary
		}
	}
	return "ko"
}
