package doctor

import "net/http"

// page is an answer that several probes read.
type page struct {
	resp *http.Response
	body []byte
	err  error
}
