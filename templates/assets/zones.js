// Fields for a time zone, where scripts run: the browser's own zone stands in an empty form, and
// once somebody turns to a field it offers all zones.
for (const field of document.querySelectorAll('input[data-zones]')) {
  if ('fill' in field.dataset && field.value === '') fill(field, ownZone());
  field.addEventListener('focus', () => offerZones(field), { once: true });
}

// What nobody has typed is marked as such: the server may not know the zone.
function fill(field, zone) {
  field.value = zone;
  const mark = field.form?.elements.namedItem('browserTimezone');
  if (mark) mark.value = zone;
}

function ownZone() {
  const zone = new Intl.DateTimeFormat().resolvedOptions().timeZone;
  return zone && !zone.startsWith('Etc/') ? zone : '';
}

async function offerZones(field) {
  const answer = await fetch(field.dataset.zones).catch(() => null);
  if (!answer?.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
  const options = [...page.querySelectorAll('[data-zone]')].map(({ dataset }) => {
    const option = document.createElement('option');
    option.value = dataset.zone;
    return option;
  });
  field.list?.replaceChildren(...options);
}
