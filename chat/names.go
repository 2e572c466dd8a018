package chat

import "math/rand/v2"

// names is how many generated names there are.
var names = len(adjectivesKo) * len(animalsKo)

// Words returns the adjectives and the animals of generated names in a language: English for "en",
// Korean for any other. The slices are shared; don't change them.
func Words(lang string) (adjectives, animals []string) {
	if lang == "en" {
		return adjectivesEn, animalsEn
	}
	return adjectivesKo, animalsKo
}

// GeneratedName renders the generated name with that index: adjective idx mod n, animal idx div n.
func GeneratedName(idx int, lang string) string {
	adjectives, animals := Words(lang)
	idx = max(idx, 0) % names
	return adjectives[idx%len(adjectives)] + " " + animals[idx/len(adjectives)]
}

func randomName() int { return rand.IntN(names) }
