// Copies what a button names. Where a browser has no clipboard for pages, there is no button.
if (navigator.clipboard) {
  for (const button of document.querySelectorAll('[data-copy], [data-copy-text]')) {
    const said = button.textContent;
    button.hidden = false;
    button.addEventListener('click', async () => {
      const { copy, copyText, copied } = button.dataset;
      try {
        await navigator.clipboard.writeText(copyText ?? document.querySelector(copy).textContent);
        button.textContent = copied;
      } catch {
        return;
      }
      setTimeout(() => {
        button.textContent = said;
      }, 2_000);
    });
  }
}
