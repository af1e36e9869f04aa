// The page: signs in with a key, shows how the box does, and opens the desk.
import { Box } from './box.mjs';
import { byId, icon } from './dom.mjs';
import { Desk, tell } from './desk.mjs';
import { Side } from './side.mjs';
import { drawPill, drawStatus } from './status.mjs';
import { Talks } from './talks.mjs';
import { chooseLanguage, fill, say, switchLanguage } from './words.mjs';

const keptKey = 'edgebox-key';
const often = 4_000;
const seldom = 20_000;

let box;
let desk;
let side;
let told;
let timer;

chooseLanguage();
draw();
byId('key-form').onsubmit = event => {
  event.preventDefault();
  signIn(byId('key').value.trim());
};
for (const button of document.querySelectorAll('.language')) {
  button.onclick = () => {
    switchLanguage();
    draw();
  };
}
byId('sign-out').onclick = () => signOut('');
byId('pill').onclick = () => showStatus(byId('pill').ariaExpanded !== 'true');
byId('menu').onclick = () => showSide(byId('menu').ariaExpanded !== 'true');
document.onkeydown = event => {
  if (event.key === 'Escape') {
    if (desk?.composer.isRunning) {
      desk.stop();
    } else {
      showSide(false);
    }
  }
};
document.onvisibilitychange = () => document.visibilityState === 'visible' && box && refresh();
const key = sessionStorage.getItem(keptKey);
if (key) {
  await signIn(key);
} else {
  show('sign-in');
}

async function signIn(text) {
  byId('key-problem').textContent = '';
  if (!/^[!-~]+$/.test(text)) {
    byId('key-problem').textContent = say('keyMissing');
    return;
  }
  try {
    box = new Box(text);
    told = await box.status();
  } catch (fault) {
    const isKept = fault.status !== 401 && sessionStorage.getItem(keptKey) === text;
    signOut(fault.status === 401 && fault.reason !== 'KEY_REVOKED' ? `${say('keyRefused')} ${fault.message}` : tell(fault));
    if (isKept) {
      sessionStorage.setItem(keptKey, text); // The box may answer when the page is loaded again.
    }
    return;
  }
  sessionStorage.setItem(keptKey, text);
  byId('key').value = '';
  const talks = await Talks.open(told.key.name);
  side = new Side(talks, id => {
    showSide(false);
    desk.open(id);
  });
  desk = new Desk(box, talks, side, signOut);
  show('desk');
  await desk.composer.refresh();
  await desk.open();
  draw();
  plan();
}

/** Forgets the key; conversations stay in the browser, for whoever has a key of that name. */
function signOut(why) {
  clearTimeout(timer);
  desk?.close();
  sessionStorage.removeItem(keptKey);
  box = desk = side = told = undefined;
  for (const id of ['talk', 'talks', 'status', 'start', 'said', 'files', 'refused', 'toast']) {
    byId(id).replaceChildren();
  }
  byId('text').value = '';
  show('sign-in');
  byId('key-problem').textContent = why;
  byId('key').focus();
}

function show(id) {
  for (const view of ['sign-in', 'desk']) {
    byId(view).hidden = view !== id;
  }
}

function draw() {
  fill(document);
  document.title = told ? `EdgeBox · ${told.key.name}` : 'EdgeBox';
  for (const button of document.querySelectorAll('.language')) {
    button.textContent = say('otherLanguage');
    button.title = say('toOtherLanguage');
  }
  byId('menu').replaceChildren(icon('menu'));
  byId('new').replaceChildren(icon('plus'), say('newTalk'));
  byId('sign-out').replaceChildren(icon('out'), say('signOut'));
  byId('sign-out').title = told?.key.name ?? '';
  drawPill(byId('pill'), told);
  drawStatus(byId('status'), told);
  if (desk) {
    desk.composer.draw();
    desk.draw();
    side.draw();
  }
}

function showStatus(shown) {
  byId('pill').ariaExpanded = String(shown);
  document.body.classList.toggle('status', shown);
  if (shown) {
    byId('scroll').scrollTop = 0;
    refresh();
  }
}

function showSide(shown) {
  byId('menu').ariaExpanded = String(shown);
  document.body.classList.toggle('side', shown);
}

function plan() {
  clearTimeout(timer);
  const isLooked = desk.isEmpty || byId('pill').ariaExpanded === 'true';
  timer = setTimeout(refresh, isLooked ? often : seldom);
}

async function refresh() {
  const asked = box;
  let now;
  try {
    now = document.visibilityState === 'visible' ? await asked.status() : told;
    if (asked === box && now !== told) {
      await desk.composer.refresh();
    }
  } catch (fault) {
    if (asked === box && fault.status === 401) {
      signOut(tell(fault));
      return;
    }
  }
  if (asked === box && box) {
    told = now;
    drawPill(byId('pill'), told);
    drawStatus(byId('status'), told);
    plan();
  }
}
