// Texts to try tasks with: of those that models bring, and of those that the box brings itself.

const brought = [
  { task: 'clean', language: 'ug', text: 'ئادھتتىك تەڭشەكلەر' },
  { task: 'clean', language: 'my', text: 'ဘောင်ိ ုပုံဏိပ်မည်...' },
  { task: 'clean', language: 'dz', text: 'པར་རིས་ལུ་ ཤོག་ལེབ་ཚུད་སྒྲིག་འབར་' },
  { task: 'convert', language: 'ug', parameters: { script: 'Latin' }, text: 'لايىھە تەھرىر' },
  { task: 'repair', language: 'ug', text: 'кош чекыш' },
  { task: 'translate', language: 'en', parameters: { language: 'Uyghur' }, text: 'Open file' },
];

const builtIn = [
  { task: 'translate', language: 'en', parameters: { language: 'Uyghur' }, text: 'The meeting begins at 9:30 in room 204.' },
  { task: 'translate', language: 'zh', parameters: { language: 'Burmese' }, text: '请在 3 月 15 日之前交回 2 份表格。' },
  { task: 'translate', language: 'en', parameters: { language: 'Tibetan' }, text: 'The library is closed on Monday.' },
  { task: 'clean', language: 'en', text: 'Th1s  page was scan-\nned from an o1d  book .' },
  { task: 'repair', language: 'en', text: 'i recieved you\'re mesage yestarday at 5 oclock' },
  {
    task: 'summarise', language: 'en',
    text: 'The bridge was closed on Tuesday because ice had broken two of its beams. Engineers looked at it for three days, put in new beams, and tested it '
      + 'with loaded lorries. It will open again on Monday at six, at first for cars alone.',
  },
  { task: 'extract', language: 'en', parameters: { fields: 'company, date, amount' }, text: 'Invoice 4711 of 3 May: Aytilla Ltd. owes 1,250 yuan.' },
];

/**
 * Examples for the tasks of a model: a sample where there is one that fits, else the task alone. Where a model brings tasks of its own, it is
 * those that it is good at.
 */
export function examplesFor(tasks) {
  const own = tasks.filter(task => !task.built_in);
  const shown = own.length > 0 ? own : tasks;
  return shown.flatMap(task => {
    const samples = (task.built_in ? builtIn : brought).filter(sample => sample.task === task.name && fits(sample, task));
    return samples.length > 0 ? samples.map(sample => ({ ...sample, task })) : [{ task }];
  });
}

/** Whether a sample gives what the task needs, and nothing that it does not know. */
function fits({ parameters = {} }, { parameters: places = [] }) {
  return Object.keys(parameters).every(name => places.some(place => place.name === name))
    && places.every(place => place.default_value || parameters[place.name]);
}
