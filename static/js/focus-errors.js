// Puts the reader on the list of errors as soon as the page is there.
const summary = document.getElementById("error-summary");
if (summary) summary.focus();
// Coming Back to this page asks for it again, instead of asking whether to send the form again.
history.replaceState(null, "", location.href);
