// Shows how the box does: health, hardware, models and their lines, what happened last.
import { make } from './dom.mjs';
import { duration, moment, number, say, size } from './words.mjs';

const healths = { HEALTH_STARTING: 'starting', HEALTH_GOOD: 'good', HEALTH_DEGRADED: 'degraded', HEALTH_BAD: 'bad', HEALTH_STOPPING: 'stopping' };

const states = {
  MODEL_STATE_READY: 'ready', MODEL_STATE_DRAINING: 'ready', MODEL_STATE_AVAILABLE: 'available', MODEL_STATE_UNLOADED: 'stopped',
  MODEL_STATE_FAILED: 'failed', MODEL_STATE_QUARANTINED: 'failed',
};

const mostEvents = 6;
const seconds = text => parseFloat(text ?? '0');
const stateOf = model => states[model.state] ?? 'loading';

/** What a model is called where its kind is clear. */
export const shortName = name => name.replace(/^models\//, '');

/** The health in one word; "unknown" while the box does not answer. */
export const healthOf = told => healths[told?.status.health] ?? 'unknown';

/** Draws the button that tells the health at all times. */
export function drawPill(pill, told) {
  const health = healthOf(told);
  const models = told?.status.models ?? [];
  const working = models.reduce((sum, model) => sum + (model.active_requests ?? 0), 0);
  const waiting = models.reduce((sum, model) => sum + (model.queued_requests ?? 0), 0);
  pill.className = `pill ${health}`;
  pill.title = say('statusOpen');
  pill.replaceChildren(
    make('span', { class: 'dot' }), say(health), ...(working + waiting > 0 ? [make('span', { class: 'line' }, say('queue', { active: working, queued: waiting }))] : []));
}

/** Draws everything. */
export function drawStatus(section, told) {
  if (!told) {
    section.replaceChildren();
    return;
  }
  const { status, machine, events } = told;
  const models = status.models ?? [];
  section.replaceChildren(
    tile('box',
      make('p', { class: `strong ${healthOf(told)}` }, make('span', { class: 'dot' }), say(healthOf(told))),
      ...(status.problems ?? []).map(text => make('p', { class: 'problem' }, text)),
      make('p', { class: 'quiet' }, say('boxFacts', { version: status.version, id: status.box_id, time: duration(seconds(status.uptime)) }))),
    tile('machine',
      make('p', {}, machine),
      make('p', { class: 'quiet' }, say(models.some(model => /cuda|vulkan/.test(model.worker?.pack)) ? 'runsOnGpu' : 'runsOnProcessor'))),
    tile('models',
      models.length === 0 ? make('p', { class: 'quiet' }, say('noModels')) : make('ul', {}, ...models.map(showModel))),
    tile('events', showEvents(events.length > 0 ? events.map(tellEvent) : eventsOf(status))));
}

const tile = (word, ...children) => make('section', { class: 'tile' }, make('h2', {}, say(word)), ...children);

function showModel(model) {
  const state = stateOf(model);
  const loads = state === 'loading' && model.load_fraction > 0 ? ` ${Math.round(model.load_fraction * 100)} %` : '';
  const facts = state !== 'ready' ? '' : say('modelFacts', {
    context: number(model.context_tokens ?? 0), slots: number(model.slots ?? 0),
    memory: `${size(Number(model.worker?.resident_bytes ?? 0))} ${(model.worker?.pack ?? '').toUpperCase()}`,
  });
  return make('li', {},
    make('p', {}, make('strong', { dir: 'auto' }, shortName(model.name)), ' ', make('span', { class: `state-${state}` }, say(`state_${state}`) + loads)),
    state === 'ready' ? make('p', {}, say('queue', { active: model.active_requests ?? 0, queued: model.queued_requests ?? 0 })) : null,
    facts === '' ? null : make('p', { class: 'quiet' }, facts),
    model.problem?.message ? make('p', { class: 'problem' }, model.problem.message) : null);
}

const tellEvent = ({ time, event, subject, actor }) => ({ time: Date.parse(time), text: [event, subject, actor].filter(Boolean).join(' · ') });

/** What happened last, as far as the status itself tells it: a key with more rights is told more. */
function eventsOf({ time, uptime, models = [] }) {
  const events = [{ time: Date.parse(time) - seconds(uptime) * 1000, text: say('eventUp') }];
  for (const model of models) {
    const name = shortName(model.name);
    if (model.ready_time) {
      events.push({ time: Date.parse(model.ready_time), text: say('eventReady', { model: name, time: duration(seconds(model.load_duration)) }) });
    }
    if (model.worker?.last_exit) {
      events.push({ time: Date.parse(model.ready_time ?? time), text: say('eventEnded', { model: name, why: model.worker.last_exit }) });
    }
  }
  return events.sort((a, b) => b.time - a.time);
}

function showEvents(events) {
  return make('ol', { class: 'events' }, ...events.slice(0, mostEvents).map(({ time, text }) =>
    make('li', {}, make('time', { dateTime: new Date(time).toISOString() }, moment(time)), ' ', text)));
}
