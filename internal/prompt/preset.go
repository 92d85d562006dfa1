package prompt

import "context"

// Preset asks for one line; an empty one stands for the preset, which is shown.
func (t *Terminal) Preset(ctx context.Context, question, preset string) (string, error) {
	return t.ask(ctx, question+" ["+preset+"]: ", func() (string, error) {
		line, err := readLine(t.In)
		if err == nil && line == "" {
			line = preset
		}
		return line, err
	})
}
