package chat

// The two tables say the same at the same index.

var adjectivesKo = []string{
	"졸린", "느긋한", "용감한", "다정한", "씩씩한", "조용한", "명랑한", "엉뚱한",
	"수줍은", "포근한", "반짝이는", "날쌘", "의젓한", "웃는", "노래하는", "춤추는",
	"꿈꾸는", "배고픈", "행복한", "상냥한", "귀여운", "따뜻한", "시원한", "차분한",
	"신난", "든든한", "똑똑한", "지혜로운", "부지런한", "산책하는", "궁금한", "장난스러운",
	"솔직한", "겸손한", "활기찬", "우아한", "멋진", "튼튼한", "재빠른", "온화한",
	"낭만적인", "소박한", "폭신한", "동그란", "여유로운", "친절한", "유쾌한", "푸른",
}

var adjectivesEn = []string{
	"Sleepy", "Easygoing", "Brave", "Tender", "Hearty", "Quiet", "Cheerful", "Quirky",
	"Shy", "Cozy", "Sparkling", "Swift", "Dignified", "Smiling", "Singing", "Dancing",
	"Dreaming", "Hungry", "Happy", "Gentle", "Cute", "Warm", "Cool", "Calm",
	"Excited", "Sturdy", "Clever", "Wise", "Diligent", "Strolling", "Curious", "Playful",
	"Honest", "Humble", "Lively", "Elegant", "Splendid", "Strong", "Quick", "Mild",
	"Romantic", "Modest", "Fluffy", "Round", "Relaxed", "Friendly", "Merry", "Blue",
}

var animalsKo = []string{
	"수달", "토끼", "여우", "너구리", "고양이", "강아지", "판다", "코알라",
	"펭귄", "고래", "돌고래", "물개", "다람쥐", "고슴도치", "햄스터", "거북이",
	"사슴", "노루", "기린", "코끼리", "사자", "호랑이", "표범", "곰",
	"늑대", "양", "염소", "말", "당나귀", "얼룩말", "낙타", "알파카",
	"라마", "캥거루", "오리", "거위", "백조", "참새", "제비", "까치",
	"올빼미", "부엉이", "독수리", "매", "앵무새", "공작", "두루미", "비둘기",
	"병아리", "개구리", "도롱뇽", "비버", "두더지", "박쥐", "원숭이", "나무늘보",
	"미어캣", "문어", "해마", "나비", "꿀벌", "무당벌레", "반딧불이", "달팽이",
}

var animalsEn = []string{
	"Otter", "Rabbit", "Fox", "Raccoon", "Cat", "Puppy", "Panda", "Koala",
	"Penguin", "Whale", "Dolphin", "Seal", "Squirrel", "Hedgehog", "Hamster", "Turtle",
	"Deer", "Roebuck", "Giraffe", "Elephant", "Lion", "Tiger", "Leopard", "Bear",
	"Wolf", "Sheep", "Goat", "Horse", "Donkey", "Zebra", "Camel", "Alpaca",
	"Llama", "Kangaroo", "Duck", "Goose", "Swan", "Sparrow", "Swallow", "Magpie",
	"Owl", "Horned Owl", "Eagle", "Falcon", "Parrot", "Peacock", "Crane", "Dove",
	"Chick", "Frog", "Salamander", "Beaver", "Mole", "Bat", "Monkey", "Sloth",
	"Meerkat", "Octopus", "Seahorse", "Butterfly", "Honeybee", "Ladybug", "Firefly", "Snail",
}
