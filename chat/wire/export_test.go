package wire

// Keys is how many texts a language has.
func Keys(lang string) int { return len(texts[lang]) }
