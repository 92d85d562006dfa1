package pingonetest_test

import (
	"encoding/base64"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/implicit-cli/implicit/pkg/pingonetest"
)

func TestWithTenant(t *testing.T) {
	t.Parallel()
	s := pingonetest.Start(t, pingonetest.WithTenant(pingonetest.Tenant{
		Applications: []pingonetest.Registration{{
			Name: "Shop", RedirectURIs: []string{"http://127.0.0.1/callback"}, Scopes: []string{"orders:read"},
			Attributes: map[string]any{"roles": "${user.groups}", "tier": pingonetest.Mapping{Value: 3, In: []string{"access_token"}}},
		}},
		Users: []pingonetest.Account{
			{Username: "ada", AnyPassword: true, Groups: []string{"Staff"}, Claims: map[string]any{"limits": map[string]any{"daily": 500}}},
			{Username: "off", Password: "off-password", Enabled: new(false)},
		},
		Resources: []pingonetest.Resource{{Name: "Orders", Audience: "https://orders.example.com", Scopes: []string{"orders:read"}}},
	}))
	if len(s.Users) != 2 || len(s.Applications) != 1 || s.ClientID != s.Application("Shop").ClientID {
		t.Fatalf("%+v %+v", s.Users, s.Applications)
	}
	v := signOn(t, s, authorizeURL(s, "Shop", "scope", "openid orders:read"), s.User("ada"))
	id, access := claims(t, v.Get("id_token")), claims(t, v.Get("access_token"))
	if !reflect.DeepEqual(id["roles"], []any{"Staff"}) || !reflect.DeepEqual(id["limits"], map[string]any{"daily": 500.0}) || id["tier"] != nil || access["tier"] != 3.0 {
		t.Errorf("ID token %v\naccess token %v", id, access)
	}
	if !reflect.DeepEqual(access["aud"], []any{"https://orders.example.com"}) {
		t.Errorf("aud: %v", access["aud"])
	}
	if _, _, err := s.SignOn(t.Context(), authorizeURL(s, "Shop"), s.User("off")); err == nil {
		t.Error("a disabled user signed on")
	}
}

func claims(t *testing.T, token string) (claims map[string]any) {
	t.Helper()
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(token+"..", ".")[1])
	if err == nil {
		err = json.Unmarshal(payload, &claims)
	}
	if err != nil {
		t.Fatal(err)
	}
	return claims
}

func TestWrongTenants(t *testing.T) {
	t.Parallel()
	for want, option := range map[string]pingonetest.Option{
		`tenant: applications[0].policies[0]: unknown policy "Singel_Factor"; did you mean "Single_Factor"?`: pingonetest.WithTenant(pingonetest.Tenant{
			Applications: []pingonetest.Registration{{Name: "A", Policies: []string{"Singel_Factor"}}}}),
		"json: unsupported type": pingonetest.WithTenant(pingonetest.Tenant{Users: []pingonetest.Account{{Username: "a", Claims: map[string]any{"f": func() {}}}}}),
		`t.yaml:1:1: user: unknown key of a tenant; did you mean "users"?`: pingonetest.WithTenantFile("t.yaml", []byte("user: []")),
	} {
		if s, err := pingonetest.New(option); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v; want %s", err, want)
			if s != nil {
				s.Close()
			}
		}
	}
}

// Every field is a key of a tenant file. The values are not ones that it takes.
func TestTenantFieldsAreKeys(t *testing.T) {
	t.Parallel()
	for i := range reflect.TypeFor[pingonetest.Tenant]().NumField() {
		var tenant pingonetest.Tenant
		field := reflect.ValueOf(&tenant).Elem().Field(i)
		fill(field)
		s, err := pingonetest.New(pingonetest.WithTenant(tenant))
		if err == nil {
			s.Close()
		} else if strings.Contains(err.Error(), "unknown key") || strings.Contains(err.Error(), "expected a list") {
			t.Error(err)
		}
	}
}

// fill gives every field a value.
func fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i))
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0))
	case reflect.String:
		v.SetString("x")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int:
		v.SetInt(1)
	}
}
