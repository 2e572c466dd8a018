package imports

import (
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/madang-chat/madang/internal/nodetest"
)

// mostLines is how long the reference of package socketio may be: somebody reads it in one go.
const mostLines = 950

// TestPageIsShort holds what `go doc -all` prints of package socketio: nothing twice, and not too
// much of it.
func TestPageIsShort(t *testing.T) {
	cmd := exec.Command("go", "doc", "-all", "./socketio")
	cmd.Dir = nodetest.Root()
	page, err := cmd.Output()
	if err != nil {
		t.Fatal("go doc: ", err)
	}
	if n := strings.Count(string(page), "\n"); n > mostLines {
		t.Errorf("go doc -all ./socketio has %d lines, %d too many: what is longer than a line or two belongs into docs/guide", n, n-mostLines)
	}
	seen := make(map[string]bool)
	for _, block := range strings.Split(string(page), "\n\n") {
		if strings.HasPrefix(block, "func ") && seen[block] {
			t.Errorf("printed twice:\n%s", block)
		}
		seen[block] = true
	}
}

// standard are the methods that an interface documents: of the standard library, or of the package.
var standard = map[string]bool{
	"Error": true, "Unwrap": true, "String": true, "MarshalJSON": true, "UnmarshalJSON": true, "ServeHTTP": true,
	"EmitEvent": true, "AskEvent": true, "AskEach": true,
}

func TestEverythingOnThePageIsDocumented(t *testing.T) {
	names, err := filepath.Glob(filepath.Join(nodetest.Root(), "socketio", "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	files := token.NewFileSet()
	var list []*ast.File
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(files, name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, f)
	}
	p, err := doc.NewFromFiles(files, list, "github.com/madang-chat/madang/socketio", doc.PreserveAST)
	if err != nil {
		t.Fatal(err)
	}
	functions := func(list []*doc.Func) {
		for _, f := range list {
			if f.Doc == "" && !(f.Recv != "" && standard[f.Name]) {
				t.Errorf("%s %s has no comment", f.Recv, f.Name)
			}
		}
	}
	functions(p.Funcs)
	methods := make(map[string]map[string]bool)
	for _, typ := range p.Types {
		if typ.Doc == "" {
			t.Errorf("%s has no comment", typ.Name)
		}
		functions(typ.Funcs)
		functions(typ.Methods)
		methods[typ.Name] = make(map[string]bool)
		for _, m := range typ.Methods {
			methods[typ.Name][m.Name] = true
		}
	}
	for _, typ := range p.Types {
		for _, embedded := range embeds(typ.Decl) {
			for name := range methods[typ.Name] {
				if methods[embedded][name] {
					t.Errorf("%s.%s is a mirror of %s.%s, which it has already", typ.Name, name, embedded, name)
				}
			}
		}
	}
	values(t, p.Consts)
	values(t, p.Vars)
}

// embeds names the types that a struct embeds.
func embeds(decl *ast.GenDecl) (names []string) {
	for _, spec := range decl.Specs {
		s, ok := spec.(*ast.TypeSpec).Type.(*ast.StructType)
		if !ok {
			continue
		}
		for _, field := range s.Fields.List {
			if name, ok := field.Type.(*ast.Ident); ok && len(field.Names) == 0 {
				names = append(names, name.Name)
			}
		}
	}
	return names
}

// values checks constants and variables without a type of their own: these stand below the comment
// of that. The text of an error is its comment.
func values(t *testing.T, groups []*doc.Value) {
	for _, g := range groups {
		for _, spec := range g.Decl.Specs {
			v := spec.(*ast.ValueSpec)
			for _, name := range v.Names {
				if name.IsExported() && g.Doc == "" && v.Doc == nil && v.Comment == nil && !strings.HasPrefix(name.Name, "Err") {
					t.Errorf("%s has no comment", name.Name)
				}
			}
		}
	}
}
