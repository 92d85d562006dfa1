package fault_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// TestEveryErrorHasAClass looks for the exported error types in the source: those
// of pkg/ are in the table, those of internal/ have the method Kind.
func TestEveryErrorHasAClass(t *testing.T) {
	inTable := map[string]bool{}
	for _, r := range rows() {
		for err := r.err; err != nil; {
			if typ := reflect.TypeOf(err); typ.Kind() == reflect.Pointer {
				inTable[strings.TrimPrefix(typ.Elem().PkgPath(), "github.com/implicit-cli/implicit/")+"."+typ.Elem().Name()] = true
			}
			wrapper, ok := err.(interface{ Unwrap() error })
			if !ok {
				break
			}
			err = wrapper.Unwrap()
		}
	}
	found := 0
	for name, methods := range errorTypes(t) {
		found++
		switch {
		case strings.HasPrefix(name, "pkg/") && !inTable[name]:
			t.Errorf("%s: add a row for it to table in internal/fault, and to rows in its test", name)
		case strings.HasPrefix(name, "internal/") && name != "internal/fault.Fault" && !methods["Kind"]:
			t.Errorf("%s: give it the method Kind() string, and Code, Exit, Hint where they say more", name)
		}
	}
	if found < 15 {
		t.Errorf("only %d error types were found", found)
	}
}

// errorTypes returns the methods of each exported type that has Error, by folder
// and name.
func errorTypes(t *testing.T) map[string]map[string]bool {
	t.Helper()
	methods := map[string]map[string]bool{}
	for _, folder := range []string{"pkg", "internal"} {
		err := filepath.WalkDir("../../"+folder, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			for _, decl := range file.Decls {
				if fn, ok := decl.(*ast.FuncDecl); ok && fn.Recv != nil {
					typ := fn.Recv.List[0].Type
					if star, ok := typ.(*ast.StarExpr); ok {
						typ = star.X
					}
					if name, ok := typ.(*ast.Ident); ok && name.IsExported() {
						key := filepath.ToSlash(strings.TrimPrefix(filepath.Dir(path), "../../")) + "." + name.Name
						if methods[key] == nil {
							methods[key] = map[string]bool{}
						}
						methods[key][fn.Name.Name] = true
					}
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, has := range methods {
		if !has["Error"] {
			delete(methods, name)
		}
	}
	return methods
}
