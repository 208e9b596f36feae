package main

import (
	"bytes"
	"path/filepath"

	"github.com/dlclark/regexp2"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// validate holds a value against the published schema of its event type.
func validate(eventType string, value []byte) error {
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	compiler.UseRegexpEngine(ecmaScript)
	schema, err := compiler.Compile(filepath.Join(contract, "schemas", eventType+".json"))
	if err != nil {
		return err
	}
	parsed, err := jsonschema.UnmarshalJSON(bytes.NewReader(value))
	if err != nil {
		return err
	}
	return schema.Validate(parsed)
}

// JSON Schema means ECMAScript's regular expressions, whose look-ahead Go's own do not know.
type pattern regexp2.Regexp

func (p *pattern) MatchString(text string) bool {
	found, err := (*regexp2.Regexp)(p).MatchString(text)
	return err == nil && found
}

func (p *pattern) String() string { return (*regexp2.Regexp)(p).String() }

func ecmaScript(text string) (jsonschema.Regexp, error) {
	compiled, err := regexp2.Compile(text, regexp2.ECMAScript)
	return (*pattern)(compiled), err
}
