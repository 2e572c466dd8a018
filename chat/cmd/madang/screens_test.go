package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/madang-chat/madang/internal/nodetest"
)

// screenLimits let one server show every state within a minute.
var screenLimits = []string{"seat-grace=1s", "close-grace=5s", "sockets-per-identity=3", "proof-bits=30", "proof-bits-most=30",
	"room-newcomers=4", "room-newcomers-free=6", "newcomers-free=-1", "sockets-per-address=-1", "handshakes-per-second=-1",
	"address-joins-per-minute=-1", "sessions-per-minute=-1"}

// Every screen and state of the page is reached, and none is wider than its window. UPDATE=1 takes
// the pictures of docs/chat/screens in both languages, both themes and both sizes, and those of the
// README.
func TestU11Screens(t *testing.T) {
	folder := filepath.Join(nodetest.Root(), "docs", "chat", "screens")
	all := readScreens(t)
	update := os.Getenv("UPDATE") != ""
	for name, page := range map[string]string{"README.md": screensPage(all, "en"), "README.ko.md": screensPage(all, "ko")} {
		path := filepath.Join(folder, name)
		if update {
			if err := os.WriteFile(path, []byte(page), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if kept, err := os.ReadFile(path); err != nil || string(kept) != page {
			t.Errorf("%s isn't made of testdata/screens.json: make screens (%v)", name, err)
		}
	}
	limits := append(slices.Clone(screenLimits), unlimited...)
	limits = slices.DeleteFunc(limits, func(l string) bool { return l == "room-newcomers-free=-1" })
	if !update {
		browse(t, "screens.mjs", serve(t, limits...), "ko", "light", "phone")
		return
	}
	for _, c := range combinations {
		shots := t.TempDir()
		t.Setenv("SHOTS", shots)
		browse(t, "screens.mjs", serve(t, limits...), c[:]...)
		for _, s := range all {
			name := strings.Join(append([]string{s.Name}, c[:]...), ".") + ".png"
			shot, err := os.ReadFile(filepath.Join(shots, name))
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(folder, name), smaller(t, shot), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	t.Setenv("SHOTS", filepath.Join(nodetest.Root(), "docs", "images"))
	browse(t, "cover.mjs", serve(t, unlimited...))
}

// combinations are the languages, themes and sizes that each screen is shown in.
var combinations = [][3]string{
	{"ko", "light", "phone"}, {"en", "dark", "phone"}, {"ko", "dark", "phone"}, {"en", "light", "phone"},
	{"en", "light", "desktop"}, {"ko", "dark", "desktop"}, {"en", "dark", "desktop"}, {"ko", "light", "desktop"},
}

// namedScreen is a screen and what it is called.
type namedScreen struct{ Name, Ko, En string }

func readScreens(t *testing.T) (all []namedScreen) {
	t.Helper()
	data, err := os.ReadFile("testdata/screens.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// screensPage shows the screens: of each some pictures, and links to the others.
func screensPage(all []namedScreen, lang string) string {
	head := map[string]string{
		"en": `# Screens

Every screen of the page and every state of it, as the browser test takes them: ` + "`make screens`" + ` rewrites this folder, and
` + "`TestU11Screens`" + ` reaches all of them in each run. The files are called ` + "`screen.language.theme.size.png`" + `. [한국어](README.ko.md)
`,
		"ko": `# 화면

페이지의 모든 화면과 상태를 브라우저 테스트가 찍은 그대로 모았습니다. ` + "`make screens`" + `가 이 폴더를 다시 쓰고, ` + "`TestU11Screens`" + `는 실행할 때마다
모든 화면에 이르는지 확인합니다. 파일 이름은 ` + "`화면.언어.테마.크기.png`" + `입니다. [English](README.md)
`,
	}
	var b strings.Builder
	b.WriteString(head[lang])
	for _, s := range all {
		title := s.En
		if lang == "ko" {
			title = s.Ko
		}
		fmt.Fprintf(&b, "\n## %s\n\n", title)
		var links []string
		for _, c := range combinations {
			file := strings.Join(append([]string{s.Name}, c[:]...), ".") + ".png"
			switch {
			case c[0] != lang:
				links = append(links, fmt.Sprintf("[%s %s %s](%s)", c[0], c[1], c[2], file))
			case c[2] == "phone":
				fmt.Fprintf(&b, "<img src=\"%s\" alt=\"%s\" width=\"195\"> ", file, title)
			default:
				fmt.Fprintf(&b, "<img src=\"%s\" alt=\"%s\" width=\"440\"> ", file, title)
			}
		}
		fmt.Fprintf(&b, "\n\n%s\n", strings.Join(links, " · "))
	}
	return strings.ReplaceAll(b.String(), " \n", "\n")
}

// shades is how many colours a picture of a screen keeps: with more, nobody sees a difference, and
// the folder is twice as large.
const shades = 48

// smaller is a PNG with few colours: the most frequent ones, each pixel in the nearest.
func smaller(t *testing.T, shot []byte) []byte {
	t.Helper()
	full, err := png.Decode(bytes.NewReader(shot))
	if err != nil {
		t.Fatal(err)
	}
	box := full.Bounds()
	seen := map[color.NRGBA]int{}
	at := func(x, y int) color.NRGBA { return color.NRGBAModel.Convert(full.At(x, y)).(color.NRGBA) }
	for y := box.Min.Y; y < box.Max.Y; y++ {
		for x := box.Min.X; x < box.Max.X; x++ {
			seen[at(x, y)]++
		}
	}
	palette := paletteOf(seen)
	nearest := map[color.NRGBA]uint8{}
	few := image.NewPaletted(box, palette)
	for y := box.Min.Y; y < box.Max.Y; y++ {
		for x := box.Min.X; x < box.Max.X; x++ {
			c := at(x, y)
			i, ok := nearest[c]
			if !ok {
				i = uint8(palette.Index(c))
				nearest[c] = i
			}
			few.SetColorIndex(x, y, i)
		}
	}
	var b bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&b, few); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// paletteOf picks colours one after the other: the one whose pixels are worst served by those
// before.
func paletteOf(seen map[color.NRGBA]int) (palette color.Palette) {
	type shade struct {
		color.NRGBA
		n, off int
	}
	var all []shade
	for c, n := range seen {
		all = append(all, shade{c, n, 1 << 30})
	}
	slices.SortFunc(all, func(a, b shade) int {
		if a.n != b.n {
			return b.n - a.n
		}
		return int(a.R)<<16 + int(a.G)<<8 + int(a.B) - (int(b.R)<<16 + int(b.G)<<8 + int(b.B))
	})
	for len(palette) < min(shades, len(all)) {
		worst := 0
		for i, s := range all {
			if s.off*s.n > all[worst].off*all[worst].n {
				worst = i
			}
		}
		chosen := all[worst].NRGBA
		palette = append(palette, chosen)
		for i := range all {
			dr, dg, db := int(all[i].R)-int(chosen.R), int(all[i].G)-int(chosen.G), int(all[i].B)-int(chosen.B)
			all[i].off = min(all[i].off, dr*dr+dg*dg+db*db)
		}
	}
	return palette
}
