package pingone

var verifyUser = action{
	name: "user.verify", fields: []Field{FieldVerificationCode},
	wrong: ReasonWrongCode, again: []Reason{ReasonWrongCode},
}

var sendVerificationCode = action{name: "user.sendVerificationCode"}
