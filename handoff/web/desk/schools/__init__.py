"""The school register: schools and other bodies, names, dated enrolment, contact persons."""
