// The subscribe form, where scripts run: while the server is under attack it asks for a proof of work,
// which a worker finds while somebody types. Without it the form is sent all the same, and waits.
for (const form of document.querySelectorAll('form[data-proof]')) {
  let proof;
  const begin = () => {
    proof ??= findProof(form).catch(() => null);
  };
  form.addEventListener('focusin', begin, { once: true });
  form.addEventListener('submit', async (event) => {
    if ('proven' in form.dataset) return;
    event.preventDefault();
    begin();
    const progress = form.querySelector('[data-progress]');
    const telling = setTimeout(() => {
      progress.textContent = 'One moment: your browser shows that it is no robot.';
    }, 300);
    const found = await proof;
    clearTimeout(telling);
    if (found) addField(form, 'proof', found);
    form.dataset.proven = '';
    // Not before this submission is over: browsers take no other one meanwhile.
    setTimeout(() => form.requestSubmit());
  });
  // Who comes back to the page sends it anew.
  addEventListener('pageshow', () => {
    delete form.dataset.proven;
    form.querySelector('[data-progress]').textContent = '';
  });
}

async function findProof(form) {
  const answer = await fetch(form.dataset.proof, { cache: 'no-store' });
  const { challenge } = answer.ok ? await answer.json() : {};
  // Browsers count for pages that came safely, and for those of the same machine.
  if (!challenge || !globalThis.crypto?.subtle) return null;
  const worker = new Worker(form.dataset.worker);
  const solution = await new Promise((resolve, reject) => {
    worker.addEventListener('message', ({ data }) => resolve(data));
    worker.addEventListener('error', reject);
    worker.postMessage(challenge);
  });
  worker.terminate();
  return btoa(JSON.stringify({ challenge, solution }));
}

function addField(form, name, value) {
  form.querySelector(`input[name="${name}"]`)?.remove();
  const field = document.createElement('input');
  Object.assign(field, { type: 'hidden', name, value });
  form.append(field);
}
