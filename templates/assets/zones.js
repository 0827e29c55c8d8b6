// Fields for a time zone, where scripts run: the browser's own zone stands in an empty form, and
// once somebody turns to a field it offers all zones.
for (const field of document.querySelectorAll('input[data-zones]')) {
  if ('fill' in field.dataset && field.value === '') field.value = ownZone();
  tellOwnZone(field.form);
  field.addEventListener('focus', () => offerZones(field), { once: true });
}

// The server may not know the browser's zone. It has to tell it from what somebody has typed.
function tellOwnZone(form) {
  const told = document.createElement('input');
  Object.assign(told, { type: 'hidden', name: 'browserTimezone', value: ownZone() });
  form?.append(told);
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
