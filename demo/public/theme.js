// Before anything is painted: the colours that were chosen on an earlier visit.
try {
  const theme = localStorage.getItem('edgebert-theme');
  if (theme) document.documentElement.dataset.theme = theme;
} catch {}
