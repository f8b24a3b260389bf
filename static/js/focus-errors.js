// Puts the reader on the list of errors as soon as the page is there.
const summary = document.getElementById("error-summary");
if (summary) summary.focus();
