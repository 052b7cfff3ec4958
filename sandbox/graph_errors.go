package sandbox

import "net/http"

// The refusals of Microsoft Graph, in its words. https://learn.microsoft.com/graph/errors

// badRequest is Graph's code for nearly everything wrong with a request; its text tells more.
func badRequest(message string) *graphError {
	return &graphError{http.StatusBadRequest, "Request_BadRequest", message}
}

// unsupportedQuery is for queries that are well formed and still not answered here.
func unsupportedQuery(message string) *graphError {
	return &graphError{http.StatusBadRequest, "Request_UnsupportedQuery", message}
}

// agentFault is a 400 with one of the agent codes.
// https://learn.microsoft.com/entra/agent-id/error-codes
func agentFault(code, message string) *graphError {
	return &graphError{http.StatusBadRequest, code, message}
}

// denied is the answer to a caller without the permission or the role.
func denied() *graphError { return deniedBecause("Insufficient privileges to complete the operation.") }

func deniedBecause(message string) *graphError {
	return &graphError{http.StatusForbidden, "Authorization_RequestDenied", message}
}

// deniedCaller is the answer to a kind of caller that may never do it.
func deniedCaller() *graphError {
	return deniedBecause("This operation cannot be performed for the specified calling identity type.")
}

// notFound is the answer for an id that no visible object has.
func notFound(id string) *graphError {
	return &graphError{
		http.StatusNotFound, "Request_ResourceNotFound",
		"Resource '" + clip(id) + "' does not exist or one of its queried reference-property objects are not present.",
	}
}

// notReplicated is what a write says that uses an object which has not reached the replica asked: a
// new blueprint or principal, mostly.
func notReplicated(id string) *graphError {
	return badRequest("Object with id " + clip(id) + " not found.")
}

// noSuchPath is the answer for a segment that the model does not have.
func noSuchPath(segment string) *graphError {
	return badRequest("Resource not found for the segment '" + clip(segment) + "'.")
}

// conflict is for a second object where the directory allows one.
func conflict(message string) *graphError {
	return &graphError{http.StatusConflict, "Request_MultipleObjectsWithSameKeyValue", message}
}

// alreadyReferenced is the answer to a second $ref of the same object.
func alreadyReferenced(property string) *graphError {
	return badRequest("One or more added object references already exist for the following modified properties: '" + property + "'.")
}

// badID is the answer for a key that is no GUID, or one in another form: braces, no hyphens.
func badID(id string) *graphError {
	return badRequest("Invalid object identifier '" + clip(id) + "'.")
}

func invalidValue(property, resource string) *graphError {
	return badRequest("Invalid value specified for property '" + clip(property) + "' of resource '" + resource + "'.")
}

func missingValue(property, resource string) *graphError {
	return badRequest("A value is required for property '" + property + "' of resource '" + resource + "'.")
}
