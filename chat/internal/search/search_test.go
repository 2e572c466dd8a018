package search

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"
)

func parsed(t testing.TB, text string) Query {
	t.Helper()
	q, ok := Parse(text)
	if !ok {
		t.Fatalf("%q has no words", text)
	}
	return q
}

// marked is a text with what was found in brackets.
func marked(text string, all [][2]int) string {
	units := utf16.Encode([]rune(text))
	var b strings.Builder
	at := 0
	for _, r := range all {
		b.WriteString(string(utf16.Decode(units[at:r[0]])) + "[" + string(utf16.Decode(units[r[0]:r[1]])) + "]")
		at = r[1]
	}
	return b.String() + string(utf16.Decode(units[at:]))
}

func TestFinds(t *testing.T) {
	for _, c := range []struct{ query, text, want string }{
		{"안녕", "안녕하세요, 안녕!", "[안녕]하세요, [안녕]!"},
		{"서울", "내일 서울에서 봐요", "내일 [서울]에서 봐요"},
		{"비", "비가 와요", "[비]가 와요"},
		{"비", "빈 방", ""},
		{"의실", "회의실", "회[의실]"},
		{"ㅇㄴ", "여러분 안녕", "여러분 [안녕]"},
		{"ㅎㅇㅅ", "회의실 예약", "[회의실] 예약"},
		{"ㅎㅇㅅ", "회의 실", ""},
		{"ㅇㅇ", "ㅇㅇ 그래", "[ㅇㅇ] 그래"},
		{"ㅋ", "ㅋㅋㅋ", "[ㅋㅋㅋ]"},
		{"ㅠㅠ", "슬퍼ㅠㅠ", "슬퍼[ㅠㅠ]"},
		{"회ㅇ", "내일 회의", "내일 [회의]"},
		{"ㅎ의", "내일 회의", "내일 [회의]"},
		{"ㄲㅊ", "까치 가치", "[까치] 가치"},
		{"ㄳ", "ㄳ 감사", "[ㄳ] 감사"},
		{"안녕", "안녕", "[안녕]"}, // in parts
		{"ᄋᄂ", "안녕", "[안녕]"},
		{"HELLO", "say Hello", "say [Hello]"},
		{"ÉCOLE", "l'école", "l'[école]"},
		{"ΣΟΦΟΣ", "σοφος", "[σοφος]"},
		{"world hello", "Hello, world", "[Hello], [world]"},
		{"hello mars", "Hello, world", ""},
		{"ell llo", "hello", "h[ello]"},
		{"a\tb", "b\na", "[b]\n[a]"},
		{"v1.2", "release v1.2!", "release [v1.2]!"},
		{"👍", "👨‍👩‍👧 좋아 👍👍", "👨‍👩‍👧 좋아 [👍👍]"},
		{"좋아", "👨‍👩‍👧 좋아", "👨‍👩‍👧 [좋아]"},
		{"<b>", "a <B>bold</B>", "a [<B>]bold</B>"},
		{"%_", "100%_x", "100[%_]x"},
		{"\ufffd", "a\ufffdb", "a[\ufffd]b"},
		{"ㅎㅇ", "가회의", "가[회의]"},
		{"가ㄱ", "가가가", "[가가]가"},
	} {
		got := ""
		if all := parsed(t, c.query).Ranges(c.text, 100); all != nil {
			got = marked(c.text, all)
		}
		if got != c.want {
			t.Errorf("%q in %q: %q, want %q", c.query, c.text, got, c.want)
		}
	}
}

func TestNothingToLookFor(t *testing.T) {
	for _, text := range []string{"", "  \n", "\xff"} {
		if _, ok := Parse(text); ok {
			t.Errorf("%q has words", text)
		}
	}
}

// A block finds what each text alone does, never over the end of one.
func TestBlocks(t *testing.T) {
	var texts [Size]string
	for i := range texts {
		switch i % 4 {
		case 0:
			texts[i] = fmt.Sprint("안녕 ", i)
		case 1:
			texts[i] = "Meeting 회"
		case 2:
			texts[i] = "의실\ufffd"
		}
	}
	block := Block(texts)
	for _, text := range []string{"안녕", "ㅇㄴ", "회의", "ㅎㅇ", "meeting 회", "meeting 안녕", "\ufffd", "12", "ㅇㅅ", "녕 4", "ㅎ\ufffd"} {
		q := parsed(t, text)
		var want []int64
		for i := Size - 1; i >= 0; i-- {
			if q.In(Fold(texts[i])) {
				want = append(want, int64(i))
			}
		}
		if got := slices.Collect(q.Found(block)); !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
		for range q.Found(block) {
			break
		}
	}
	blank := Blank(block, 3, 3*Size+4, 3*Size+9)
	if strings.Count(blank, gap) != Size-1 || strings.Contains(blank, "안녕 4"+gap) || strings.Contains(blank, "안녕 8"+gap) ||
		!strings.Contains(blank, "안녕 0") || !strings.Contains(blank, "안녕 12") {
		t.Errorf("%q", blank)
	}
	if Number(63) != 0 || Number(64) != 1 {
		t.Error("64 messages aren't a block")
	}
}

// What is found is in the text, at places that a browser can cut at.
func FuzzRanges(f *testing.F) {
	for _, text := range []string{"안녕", "ㅇㄴ 하", "a b", "👍🏽 x", "ß", "İ", "\ufffd", "가\u0301"} {
		f.Add(text, "여러분 안녕하세요 👍🏽 abc ß İ")
	}
	f.Fuzz(func(t *testing.T, query, text string) {
		if !utf8.ValidString(text) {
			return
		}
		q, ok := Parse(query)
		if !ok {
			return
		}
		if folded := Fold(text); utf8.RuneCountInString(folded) != utf8.RuneCountInString(text) {
			t.Fatalf("%q has another length as %q", text, folded)
		}
		all := q.Ranges(text, 50)
		if (len(all) > 0) != q.In(Fold(text)) {
			t.Fatalf("%q in %q: %v", query, text, all)
		}
		units := utf16.Encode([]rune(text))
		end := -1
		for _, r := range all {
			if r[0] <= end || r[1] <= r[0] || r[1] > len(units) || utf16.IsSurrogate(rune(units[r[0]])) && units[r[0]] >= 0xdc00 {
				t.Fatalf("%q in %q: %v", query, text, all)
			}
			end = r[1]
		}
	})
}

func BenchmarkFound(b *testing.B) {
	var texts [Size]string
	for i := range texts {
		texts[i] = "안녕하세요 오늘 회의는 세 시입니다 see you there, bring the notes"
	}
	block := Block(texts)
	for _, text := range []string{"없는말", "ㅁㄴㅇㄹㅎ", "zebra", "회ㅈ"} {
		b.Run(text, func(b *testing.B) {
			q := parsed(b, text)
			b.SetBytes(int64(len(block)))
			for b.Loop() {
				for range q.Found(block) {
					b.Fatal("found")
				}
			}
		})
	}
}
