package sandbox

import "strings"

// put makes the object the current one of its id and keeps every index right. It returns the object
// that was there before, or nil.
func (st *state) put(o object) object {
	old := st.lookup(o)
	if old != nil {
		st.drop(old)
	}
	switch o := o.(type) {
	case *user:
		st.users.put(o)
		st.userByUPN[strings.ToLower(o.UserPrincipalName)] = o
		st.usersByParent.put(o.IdentityParentID, o)
	case *group:
		st.groups.put(o)
		for _, id := range o.MemberIDs {
			st.groupsByMember.put(id, o)
		}
	case *directoryRole:
		st.roles.put(o)
		for _, id := range o.MemberIDs {
			st.rolesByMember.put(id, o)
		}
	case *application:
		st.putApplication(o)
	case *servicePrincipal:
		st.putPrincipal(o)
	case *permissionGrant:
		st.grants.put(o)
		st.grantsByClient.put(o.ClientID, o)
	case *appRoleAssignment:
		st.assignments.put(o)
		st.assignedByPrincipal.put(o.PrincipalID, o)
		st.assignedByResource.put(o.ResourceID, o)
	case *deletedItem:
		st.deleted.put(o)
		st.deletedByBlueprint.put(o.BlueprintAppID, o)
		if st.expect(o); o.CleanUp != "" {
			st.cleanUps.put(o)
		}
	case *refreshToken:
		st.refreshTokens.put(o)
	case *authCode:
		st.authCodes.put(o)
	case *browserSession:
		st.sessions.put(o)
	case *deviceCode:
		st.deviceCodes.put(o)
		st.deviceByUserCode[o.UserCode] = o
	case *knobs:
		st.knobs = o
		st.clocks.follow(o.knobValues)
	}
	return old
}

// putApplication: identifier URIs are compared without regard to case, as Entra does; uniqueName is
// an alternate key and compared exactly.
func (st *state) putApplication(o *application) {
	st.apps.put(o)
	st.appByAppID[o.AppID] = o
	if o.UniqueName != "" {
		st.appByUniqueName[o.UniqueName] = o
	}
	for _, uri := range o.IdentifierURIs {
		st.appByURI[strings.ToLower(uri)] = o
	}
	for _, tag := range o.Tags {
		st.appsByTag.put(strings.ToLower(tag), o)
	}
}

// putPrincipal keeps agent identities out of the index by appId: they have none, and are found by
// their object id.
func (st *state) putPrincipal(o *servicePrincipal) {
	st.principals.put(o)
	if o.AppID != "" {
		st.principalByAppID[o.AppID] = o
	}
	for _, tag := range o.Tags {
		st.principalsByTag.put(strings.ToLower(tag), o)
	}
	if o.Type == agentIdentity {
		st.agentsByBlueprint.put(o.BlueprintAppID, o)
	}
}

// drop takes the object out of its table and every index.
func (st *state) drop(o object) {
	switch o := o.(type) {
	case *user:
		st.users.remove(o)
		delete(st.userByUPN, strings.ToLower(o.UserPrincipalName))
		st.usersByParent.remove(o.IdentityParentID, o)
	case *group:
		st.groups.remove(o)
		for _, id := range o.MemberIDs {
			st.groupsByMember.remove(id, o)
		}
	case *directoryRole:
		st.roles.remove(o)
		for _, id := range o.MemberIDs {
			st.rolesByMember.remove(id, o)
		}
	case *application:
		st.dropApplication(o)
	case *servicePrincipal:
		st.dropPrincipal(o)
	case *permissionGrant:
		st.grants.remove(o)
		st.grantsByClient.remove(o.ClientID, o)
	case *appRoleAssignment:
		st.assignments.remove(o)
		st.assignedByPrincipal.remove(o.PrincipalID, o)
		st.assignedByResource.remove(o.ResourceID, o)
	case *deletedItem:
		st.deleted.remove(o)
		st.deletedByBlueprint.remove(o.BlueprintAppID, o)
		st.cleanUps.remove(o)
	case *refreshToken:
		st.refreshTokens.remove(o)
	case *authCode:
		st.authCodes.remove(o)
	case *browserSession:
		st.sessions.remove(o)
	case *deviceCode:
		st.deviceCodes.remove(o)
		delete(st.deviceByUserCode, o.UserCode)
	case *knobs:
		st.knobs = defaultKnobs()
		st.clocks.follow(st.knobs.knobValues)
	}
}

// dropApplication is the reverse of putApplication.
func (st *state) dropApplication(o *application) {
	st.apps.remove(o)
	delete(st.appByAppID, o.AppID)
	delete(st.appByUniqueName, o.UniqueName)
	for _, uri := range o.IdentifierURIs {
		delete(st.appByURI, strings.ToLower(uri))
	}
	for _, tag := range o.Tags {
		st.appsByTag.remove(strings.ToLower(tag), o)
	}
}

// dropPrincipal is the reverse of putPrincipal.
func (st *state) dropPrincipal(o *servicePrincipal) {
	st.principals.remove(o)
	delete(st.principalByAppID, o.AppID)
	for _, tag := range o.Tags {
		st.principalsByTag.remove(strings.ToLower(tag), o)
	}
	if o.Type == agentIdentity {
		st.agentsByBlueprint.remove(o.BlueprintAppID, o)
	}
}

// lookup finds the current object of the same kind and id; nil when there is none.
func (st *state) lookup(o object) object {
	id := o.head().ID
	switch o.kind() {
	case kindUser:
		return found(st.users, id)
	case kindGroup:
		return found(st.groups, id)
	case kindDirectoryRole:
		return found(st.roles, id)
	case kindApplication:
		return found(st.apps, id)
	case kindServicePrincipal:
		return found(st.principals, id)
	case kindGrant:
		return found(st.grants, id)
	case kindAssignment:
		return found(st.assignments, id)
	case kindDeletedItem:
		return found(st.deleted, id)
	case kindRefreshToken:
		return found(st.refreshTokens, id)
	case kindAuthCode:
		return found(st.authCodes, id)
	case kindBrowserSession:
		return found(st.sessions, id)
	case kindDeviceCode:
		return found(st.deviceCodes, id)
	case kindKnobs:
		if st.knobs != nil {
			return st.knobs
		}
	}
	return nil
}

// found keeps a typed nil from becoming an object that is not nil.
func found[T object](t *table[T], id string) object {
	if o, ok := t.byID[id]; ok {
		return o
	}
	return nil
}

// empty returns a new object of the kind to read JSON into; nil for a kind nobody knows.
func (k kind) empty() object {
	switch k {
	case kindUser:
		return &user{}
	case kindGroup:
		return &group{}
	case kindDirectoryRole:
		return &directoryRole{}
	case kindApplication:
		return &application{}
	case kindServicePrincipal:
		return &servicePrincipal{}
	case kindGrant:
		return &permissionGrant{}
	case kindAssignment:
		return &appRoleAssignment{}
	case kindDeletedItem:
		return &deletedItem{}
	case kindRefreshToken:
		return &refreshToken{}
	case kindAuthCode:
		return &authCode{}
	case kindBrowserSession:
		return &browserSession{}
	case kindDeviceCode:
		return &deviceCode{}
	case kindKnobs:
		return &knobs{}
	}
	return nil
}

// everything lists all objects of all kinds.
func (st *state) everything() []object {
	var all []object
	all = appendAll(all, st.users)
	all = appendAll(all, st.groups)
	all = appendAll(all, st.roles)
	all = appendAll(all, st.apps)
	all = appendAll(all, st.principals)
	all = appendAll(all, st.grants)
	all = appendAll(all, st.assignments)
	all = appendAll(all, st.deleted)
	all = appendAll(all, st.refreshTokens)
	all = appendAll(all, st.authCodes)
	all = appendAll(all, st.sessions)
	all = appendAll(all, st.deviceCodes)
	return append(all, st.knobs)
}

// appendAll exists because a slice of one kind is no slice of objects.
func appendAll[T object](all []object, t *table[T]) []object {
	for o := range t.all() {
		all = append(all, o)
	}
	return all
}
