// Before anything is painted: that scripts run, and the colours that were chosen on an earlier visit.
document.documentElement.dataset.scripts = 'on';
try {
  const theme = localStorage.getItem('edgebert-theme');
  if (theme) document.documentElement.dataset.theme = theme;
} catch {}
