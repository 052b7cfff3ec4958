package graph

// ReadError opens the reading of error bodies to the tests.
func ReadError(status int, body []byte) *Error {
	return errorOf(Call{Method: "GET", Path: "/v1.0/me"}, &Response{Status: status}, body)
}
