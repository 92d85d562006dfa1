// Taking the parameters out of the address with history.replaceState would
// leave the visit in the browser's history. A page that sends the browser on
// while it loads is dropped from there, and from the back button too.
const main = document.querySelector("main");
fetch(main.dataset.to, {
  method: "POST",
  keepalive: location.hash.length < 60000,
  headers: { "Content-Type": "text/plain", "Relay-Token": main.dataset.token },
  body: location.search + location.hash,
})
  .then((r) => (r.ok ? r.text() : Promise.reject()))
  .then((path) => location.replace(location.origin + path))
  .catch(() => {
    history.replaceState(null, "", location.origin + location.pathname);
    main.dataset.state = "bad";
    document.querySelector("h1").textContent = "Nobody is waiting here";
    document.getElementById("text").textContent = "The command in the terminal has ended, so the answer was not handed over.";
    document.getElementById("hint").textContent = "Start the login again from the terminal.";
  });
