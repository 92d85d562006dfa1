(() => {
  const all = document.querySelectorAll('details'), button = document.getElementById('all');
  const set = (open) => all.forEach((d) => { d.open = open; });
  const label = () => { button.textContent = [...all].every((d) => d.open) ? 'Close all' : 'Open all'; };
  button.hidden = all.length === 0;
  button.onclick = () => { set(![...all].every((d) => d.open)); label(); };
  all.forEach((d) => d.addEventListener('toggle', label));
  const target = () => {
    for (let e = location.hash && document.getElementById(location.hash.slice(1)); e; e = e.parentElement) {
      if (e.localName === 'details') { e.open = true; }
    }
  };
  addEventListener('hashchange', target);
  target();
  let before;
  addEventListener('beforeprint', () => { before = [...all].map((d) => d.open); set(true); });
  addEventListener('afterprint', () => { all.forEach((d, i) => { d.open = before[i]; }); });
})();
