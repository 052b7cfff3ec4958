package web

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"
)

func TestFormWithFile(t *testing.T) {
	part := func(disposition, value string) string {
		return "--x\r\nContent-Disposition: form-data; " + disposition + "\r\n\r\n" + value + "\r\n"
	}
	const end = "--x--\r\n"
	file := part(`name="table"; filename="C:\fake\agents.csv"`, "name\r\nOne")
	tests := []struct {
		name, body string
		file, fail string
	}{
		{"a file and fields", part(`name="act"`, "upload") + part(`name="does"`, "a") + part(`name="does"`, "b") + file + end, "agents.csv: name\r\nOne", ""},
		{"no file chosen", part(`name="act"`, "upload") + part(`name="table"; filename=""`, "") + end, "", ""},
		{"two files", file + file + end, "", "more than one file"},
		{"a field of another page", part(`name="is_admin"`, "1") + file + end, "", "does not know"},
		{"a field twice", part(`name="act"`, "a") + part(`name="act"`, "b") + end, "", "more than once"},
		{"cut short", part(`name="act"`, "a") + "--x\r\nContent-Dis", "", "could not be read"},
		{"many fields", strings.Repeat(part(`name="does"`, "a"), maxFields+1) + end, "", "more fields"},
		{"a folder for a name", part(`name="table"; filename="/"`, "x") + end, "file: x", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			req := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(tt.body))
			req.Header.Set("Content-Type", "multipart/form-data; boundary=x")
			form, file, err := FormWithFile(echo.New().NewContext(req, httptest.NewRecorder()), "table", "act", "does[]")
			got, fail := "", ""
			if file != nil {
				got = file.Name + ": " + string(file.Data)
			}
			if err != nil {
				fail = err.Error()
			}
			if got != tt.file || (tt.fail == "") != (err == nil) || !strings.Contains(fail, tt.fail) {
				t.Errorf("file %q, error %v", got, err)
			}
			if tt.name == "a file and fields" && (form.Get("act") != "upload" || len(form["does"]) != 2) {
				t.Errorf("fields %v", form)
			}
		})
	}
}

func TestFileIsBounded(t *testing.T) {
	req := httptest.NewRequest(http.MethodPost, "/", strings.NewReader("--x\r\nContent-Disposition: form-data; name=\"table\"; filename=\"a\"\r\n\r\n"+strings.Repeat("x", 100)+"\r\n--x--\r\n"))
	req.Header.Set("Content-Type", "multipart/form-data; boundary=x")
	c := echo.New().NewContext(req, httptest.NewRecorder())
	capBody(c, 80)
	_, _, err := FormWithFile(c, "table")
	if large, ok := err.(*TooLargeError); !ok || large.Limit != 80 {
		t.Errorf("error %v", err)
	}
}
