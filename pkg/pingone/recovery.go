package pingone

// forgotPassword begins the recovery of a password. It is sent only where an
// [Answerer] chooses [Recover].
var forgotPassword = action{name: "password.forgot", fields: []Field{FieldUsername}}

var recoverPassword = action{
	name: "password.recover", fields: []Field{FieldRecoveryCode, FieldNewPassword},
	wrong: ReasonWrongCode, again: []Reason{ReasonWrongCode, ReasonWeakPassword},
}

var sendRecoveryCode = action{name: "password.sendRecoveryCode"}
