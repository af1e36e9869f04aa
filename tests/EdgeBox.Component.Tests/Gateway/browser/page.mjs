// Uses the box's page in headless Chromium as a person would, and prints one line of JSON: what it saw.
// Arguments: what to do, address of the gateway, key, a key that is not in force, folder for pictures.
import { chromium } from 'playwright-core';

const [what, url, key, wrongKey, pictures] = process.argv.slice(2);
const root = process.getuid() === 0 ? ['--no-sandbox'] : []; // Chromium's own sandbox does not start as root.
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--disable-gpu', ...root] });
const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, locale: 'en-GB' });
const page = await context.newPage();
page.setDefaultTimeout(25_000);
const seen = { outside: [], dialogs: [], errors: [], opened: 0 };
context.on('request', request => /^(blob|data):/.test(request.url()) || new URL(request.url()).origin === url || seen.outside.push(request.url()));
context.on('page', () => seen.opened++);
page.on('dialog', dialog => {
  seen.dialogs.push(dialog.message());
  dialog.dismiss();
});
page.on('pageerror', fault => seen.errors.push(fault.message));
page.on('console', line => line.type() === 'error' && !line.text().includes('401') && seen.errors.push(line.text()));

const picture = name => pictures && page.screenshot({ path: `${pictures}/${name}.png` });
const text = selector => page.locator(selector).innerText();
const ended = () => page.locator('.answer[aria-busy=false] .actions').last().waitFor();

async function signIn(with_) {
  await page.fill('#key', with_);
  await page.press('#key', 'Enter');
}

async function ask(model, question) {
  await page.selectOption('#model', model);
  await page.fill('#text', question);
  await page.press('#text', 'Enter');
}

/** Controls that a screen reader would have no name for. */
const nameless = () => page.evaluate(() => [...document.querySelectorAll('button, input, select, textarea, a[href], nav, section, summary')]
  .filter(element => element.checkVisibility())
  .filter(element => !(element.ariaLabel || element.labels?.[0]?.textContent.trim() || (element.localName !== 'section' && element.textContent.trim() && element.localName !== 'select')
    || element.querySelector?.('h2')))
  .map(element => element.outerHTML.slice(0, 120)));

const actions = {
  async use() {
    await page.goto(url);
    await signIn(wrongKey);
    await page.locator('#key-problem:not(:empty)').waitFor();
    seen.refused = await text('#key-problem');
    seen.nameless = await nameless();
    await signIn(key);
    await page.locator('#status .tile').first().waitFor();
    seen.tiles = await page.locator('#status .tile h2').allInnerTexts();
    seen.models = await page.locator('#model option').allInnerTexts();
    await picture('start');

    await page.selectOption('#model', 'endless');
    await ask('endless', 'Go on.');
    const lengths = [];
    while (lengths.length < 3) {
      const before = lengths.at(-1) ?? 0;
      await page.waitForFunction(length => (document.querySelector('.answer[aria-busy=true] .prose')?.textContent.length ?? 0) > length, before);
      lengths.push(await page.evaluate(() => document.querySelector('.answer .prose').textContent.length));
    }
    seen.grew = lengths;
    await page.press('#text', 'Escape');
    await ended();
    seen.stopped = await text('.answer .state');

    await page.click('#new');
    await ask('answering', 'Who are you?');
    await ended();
    seen.answer = await text('.answer .prose');
    seen.thoughts = await page.evaluate(() => [document.querySelector('.thoughts').open, document.querySelector('.thoughts > div').textContent]);
    await picture('answer');

    await page.click('#new');
    await page.locator('.example[data-task=clean]').first().click();
    await page.locator('.verdicts').waitFor();
    seen.verdicts = await page.evaluate(() => [...document.querySelectorAll('.verdicts li')].map(item => [item.className, item.textContent]));
    seen.rightToLeft = await page.evaluate(() => getComputedStyle(document.querySelector('.question > p:last-child')).direction);
    seen.fonts = await page.evaluate(() => document.fonts.ready.then(() => [...document.fonts].filter(font => font.status === 'loaded').length));
    await picture('example');
    seen.nameless.push(...await nameless());

    await page.click('.bar .language');
    seen.chinese = [await page.evaluate(() => document.documentElement.lang), await text('#new'), await text('#sign-out')];
    await page.reload();
    await page.locator('.talk').first().waitFor();
    seen.kept = await page.locator('.talk').count();
    seen.stillChinese = await text('#new');
    await page.locator('.talk').nth(1).click();
    await ended();
    seen.keptAnswer = await text('.answer .prose');

    await page.setInputFiles('#file', { name: 'picture.bin', mimeType: 'application/octet-stream', buffer: Buffer.from([0, 1, 2, 255]) });
    await page.locator('#refused:not(:empty)').waitFor();
    await page.setInputFiles('#file', { name: 'letter.txt', mimeType: 'text/plain', buffer: Buffer.from('དཔེ་ཆ') });
    seen.file = await text('#files li');

    await page.setViewportSize({ width: 390, height: 844 });
    seen.width = await page.evaluate(() => document.documentElement.scrollWidth);
    await picture('phone');
    await page.setViewportSize({ width: 1280, height: 860 });

    await page.locator('.talk').first().hover();
    await page.locator('#talks li:not(.day)').first().locator('.row-tools button').last().click();
    await page.waitForFunction(count => document.querySelectorAll('.talk').length === count, seen.kept - 1);
    await page.click('#sign-out');
    await page.locator('#key').waitFor();
    seen.out = await page.evaluate(() => [sessionStorage.length, document.querySelector('#talk').childElementCount, document.querySelector('#talks').childElementCount]);
  },

  async hostile() {
    await page.goto(url);
    await signIn(key);
    await page.locator('#status .tile').first().waitFor();
    await ask('hostile', 'Go on.');
    await ended();
    seen.text = await text('.answer .prose');
    for (const inside of await page.locator('.prose a, .prose .picture').all()) {
      await inside.hover();
    }
    seen.made = await page.evaluate(() => [...document.querySelectorAll('#talk :is(script, img, iframe, object, embed, form, style, link, base, [onerror], [style], a[href^="javascript"])')].map(e => e.outerHTML));
    await picture('hostile');
    for (const model of ['table', 'line']) {
      await page.click('#new');
      await ask(model, 'Go on.');
      await ended();
      seen[model] = await page.evaluate(() => ({ elements: document.querySelectorAll('#talk *').length, shown: document.querySelector('.answer .prose').textContent.length }));
      await page.locator('.answer .prose .more').first().click();
      await page.click('#pill');
      await page.click('#pill');
      await picture(model);
    }
    seen.kept = await page.evaluate(() => new Promise(resolve => {
      indexedDB.open('edgebox').onsuccess = ({ target }) => {
        target.result.transaction('bodies').objectStore('bodies').getAll().onsuccess = found => resolve(Math.max(...found.target.result.map(body => body.messages.at(-1).text.length)));
      };
    }));
    seen.globals = await page.evaluate(() => window.pwned ?? null);
  },
};

try {
  await actions[what]();
} catch (fault) {
  await picture('failed');
  throw new Error(`${fault.message}\nseen so far: ${JSON.stringify(seen)}`);
} finally {
  await browser.close();
}
console.log(JSON.stringify(seen));
