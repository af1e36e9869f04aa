// What the page says, in each language. A test holds that every table has the same keys and the same {places}.
export const tables = {
  en: {
    signInTitle: 'Sign in to EdgeBox',
    signInLead: 'Ask the models on this box. Nothing you write leaves it.',
    key: 'API key',
    signIn: 'Sign in',
    signOut: 'Sign out',
    noKey: 'No key yet? An admin of the box issues one:',
    authority: 'Certificate of this box',
    otherLanguage: '中文',
    toOtherLanguage: 'Switch to Chinese: 切换到中文',
    keyRefused: 'The box does not accept this key.',
    keyRevoked: 'This key was revoked. Ask an admin of the box for a new one.',
    keyMissing: 'Enter an API key. It begins with ebx_.',
    unreachable: 'The box does not answer. Check the connection and try again.',
    skip: 'Skip to the question',
    conversations: 'Conversations',
    newTalk: 'New conversation',
    untitled: 'New conversation',
    renameOf: 'Rename “{title}”',
    newName: 'New name',
    removeOf: 'Delete “{title}”',
    exportOf: 'Save “{title}” as a file',
    removed: 'Conversation deleted.',
    undo: 'Undo',
    forgetAll: 'Delete all conversations',
    forgotten: 'All conversations deleted.',
    kept: 'Kept in this browser only, never on the box.',
    notKept: 'This browser keeps nothing: conversations end with this tab.',
    status: 'Status of the box',
    statusOpen: 'Show the status',
    starting: 'Starting',
    good: 'All is well',
    degraded: 'Needs a look',
    bad: 'Cannot serve',
    stopping: 'Stopping',
    unknown: 'No answer',
    box: 'Box',
    boxFacts: 'EdgeBox {version} · id {id} · up {time}',
    machine: 'Machine and GPU',
    runsOnGpu: 'Models run on the GPU.',
    runsOnProcessor: 'Models run on the processor.',
    models: 'Models',
    noModels: 'No model that this key may ask for.',
    queue: '{active} at work · {queued} waiting',
    modelFacts: 'context {context} tokens · {slots} at once · {memory}',
    state_ready: 'ready',
    state_loading: 'loading',
    state_available: 'loads when asked',
    state_failed: 'failed',
    state_stopped: 'not in memory',
    events: 'Last events',
    eventReady: '{model} was made ready in {time}',
    eventEnded: 'Worker of {model} ended: {why}',
    eventUp: 'The box started',
    examples: 'Examples',
    examplesLead: 'What this model is set up for. Press one to run it.',
    startTitle: 'What shall the box do?',
    tryTask: 'Try this task',
    conversation: 'Conversation',
    ask: 'Your question',
    askHere: 'Ask, or drop a text file here',
    textHere: 'The text for this task',
    send: 'Send',
    stop: 'Stop',
    model: 'Model',
    effort: 'Thinking',
    effortUsual: 'as usual',
    effortLow: 'a little',
    effortMedium: 'some',
    effortHigh: 'a lot',
    task: 'Task',
    noTask: 'None: a conversation',
    taskAlone: 'Each text is worked on by itself.',
    missing: 'Fill in “{name}” first.',
    hint: 'Enter sends · Shift+Enter for a new line · Esc stops',
    attach: 'Add a text file',
    files: 'Files with this question',
    takeOut: 'Take out {name}',
    drop: 'Drop text files here',
    fileTooLarge: '{name} has {size}; a file may have {limit}.',
    fileTooMany: 'At most {limit} files go with one question.',
    fileNoText: '{name} is no text file. The box reads plain text: UTF-8, UTF-16 or GB 18030.',
    fileEmpty: '{name} is empty.',
    fileIn: 'File: {name}',
    you: 'You',
    answerOf: 'Answer of {model}',
    thinking: 'Thinking…',
    thought: 'Thoughts',
    waitingStart: 'The box begins…',
    waiting: 'Waiting: place {place} in line',
    checking: 'Attempt {attempt} did not pass. Trying again…',
    coming: 'The answer is coming.',
    done: 'The answer is complete.',
    stopped: 'Stopped',
    cut: 'Cut at the token limit',
    verified: 'Passed its checks',
    notVerified: 'Did not pass its checks',
    attempts: '{count} attempts',
    passed: 'passed',
    failed: 'not passed',
    speed: '{tokens} tokens · {rate} per second',
    copy: 'Copy',
    copyCode: 'Copy the code',
    copied: 'Copied.',
    notCopied: 'The browser does not allow copying.',
    again: 'Try again',
    more: 'Show more ({count} characters)',
    moreRows: 'Show more rows ({count})',
    broken: 'The connection ended before the answer was whole.',
    retryIn: 'Try again in {seconds} s.',
    today: 'Today',
    yesterday: 'Yesterday',
    earlier: 'Earlier',
    dzongkha: 'Dzongkha',
  },
  zh: {
    signInTitle: '登录 EdgeBox',
    signInLead: '向本机上的模型提问。您写的内容不会离开本机。',
    key: 'API 密钥',
    signIn: '登录',
    signOut: '退出登录',
    noKey: '还没有密钥？请本机管理员签发：',
    authority: '本机的证书',
    otherLanguage: 'English',
    toOtherLanguage: '切换到英语：Switch to English',
    keyRefused: '本机不接受此密钥。',
    keyRevoked: '此密钥已被吊销。请向本机管理员申请新的密钥。',
    keyMissing: '请输入 API 密钥，它以 ebx_ 开头。',
    unreachable: '本机没有响应。请检查连接后重试。',
    skip: '跳到提问框',
    conversations: '对话',
    newTalk: '新对话',
    untitled: '新对话',
    renameOf: '重命名“{title}”',
    newName: '新名称',
    removeOf: '删除“{title}”',
    exportOf: '将“{title}”保存为文件',
    removed: '对话已删除。',
    undo: '撤销',
    forgetAll: '删除全部对话',
    forgotten: '全部对话已删除。',
    kept: '只保存在此浏览器中，不保存在本机上。',
    notKept: '此浏览器不保存数据：关闭标签页后对话即消失。',
    status: '本机状态',
    statusOpen: '显示状态',
    starting: '正在启动',
    good: '一切正常',
    degraded: '需要查看',
    bad: '无法服务',
    stopping: '正在停止',
    unknown: '没有响应',
    box: '本机',
    boxFacts: 'EdgeBox {version} · 编号 {id} · 已运行 {time}',
    machine: '硬件与 GPU',
    runsOnGpu: '模型在 GPU 上运行。',
    runsOnProcessor: '模型在处理器上运行。',
    models: '模型',
    noModels: '此密钥没有可用的模型。',
    queue: '{active} 个进行中 · {queued} 个排队',
    modelFacts: '上下文 {context} 个 token · 同时 {slots} 个请求 · {memory}',
    state_ready: '就绪',
    state_loading: '正在加载',
    state_available: '使用时加载',
    state_failed: '失败',
    state_stopped: '不在内存中',
    events: '最近事件',
    eventReady: '{model} 已就绪，用时 {time}',
    eventEnded: '{model} 的工作进程已结束：{why}',
    eventUp: '本机已启动',
    examples: '示例',
    examplesLead: '此模型预设的任务。点一下即可运行。',
    startTitle: '想让本机做什么？',
    tryTask: '试试此任务',
    conversation: '对话内容',
    ask: '您的问题',
    askHere: '输入问题，或把文本文件拖到这里',
    textHere: '此任务要处理的文本',
    send: '发送',
    stop: '停止',
    model: '模型',
    effort: '思考',
    effortUsual: '默认',
    effortLow: '少',
    effortMedium: '中',
    effortHigh: '多',
    task: '任务',
    noTask: '无：普通对话',
    taskAlone: '每段文本单独处理。',
    missing: '请先填写“{name}”。',
    hint: 'Enter 发送 · Shift+Enter 换行 · Esc 停止',
    attach: '添加文本文件',
    files: '随问题发送的文件',
    takeOut: '移除 {name}',
    drop: '把文本文件拖到这里',
    fileTooLarge: '{name} 有 {size}；单个文件最多 {limit}。',
    fileTooMany: '一个问题最多附带 {limit} 个文件。',
    fileNoText: '{name} 不是文本文件。本机读取纯文本：UTF-8、UTF-16 或 GB 18030。',
    fileEmpty: '{name} 是空文件。',
    fileIn: '文件：{name}',
    you: '您',
    answerOf: '{model} 的回答',
    thinking: '正在思考…',
    thought: '思考过程',
    waitingStart: '正在开始…',
    waiting: '排队中：第 {place} 位',
    checking: '第 {attempt} 次未通过检查，正在重试…',
    coming: '正在回答。',
    done: '回答完毕。',
    stopped: '已停止',
    cut: '达到 token 上限，已截断',
    verified: '已通过检查',
    notVerified: '未通过检查',
    attempts: '共 {count} 次尝试',
    passed: '通过',
    failed: '未通过',
    speed: '{tokens} 个 token · 每秒 {rate} 个',
    copy: '复制',
    copyCode: '复制代码',
    copied: '已复制。',
    notCopied: '浏览器不允许复制。',
    again: '重试',
    more: '显示更多（{count} 个字符）',
    moreRows: '显示更多行（{count}）',
    broken: '回答尚未完整，连接就中断了。',
    retryIn: '请在 {seconds} 秒后重试。',
    today: '今天',
    yesterday: '昨天',
    earlier: '更早',
    dzongkha: '宗喀语',
  },
};

const kept = 'edgebox-language';
let current = 'en';

/** The language in force. */
export const language = () => current;

/** Takes the language that was chosen before, else the browser's. */
export function chooseLanguage(chosen = localStorage.getItem(kept) ?? navigator.language) {
  current = /^zh\b/i.test(chosen) ? 'zh' : 'en';
  document.documentElement.lang = current === 'zh' ? 'zh-CN' : 'en';
}

/** Changes to the other language and keeps that. */
export function switchLanguage() {
  chooseLanguage(current === 'zh' ? 'en' : 'zh');
  localStorage.setItem(kept, current);
}

/** A text with its places filled. */
export function say(word, values = {}) {
  return tables[current][word].replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

/** Writes the texts of everything below that names one. */
export function fill(root) {
  for (const element of root.querySelectorAll('[data-word]')) {
    element.textContent = say(element.dataset.word);
  }
  for (const element of root.querySelectorAll('[data-label]')) {
    element.setAttribute('aria-label', say(element.dataset.label));
  }
}

export const number = value => new Intl.NumberFormat(document.documentElement.lang).format(value);

/** "1.2 MB". */
export function size(bytes) {
  const power = bytes < 1000 ? 0 : Math.min(4, Math.floor(Math.log10(bytes) / 3));
  return `${number(Number((bytes / 1000 ** power).toPrecision(bytes < 1000 ? 3 : 2)))} ${['B', 'kB', 'MB', 'GB', 'TB'][power]}`;
}

/** "3 h", in the language's own words. */
export function duration(seconds) {
  const [unit, length] = seconds >= 86400 ? ['day', 86400] : seconds >= 3600 ? ['hour', 3600] : seconds >= 60 ? ['minute', 60] : ['second', 1];
  const value = seconds < 10 ? Number(seconds.toPrecision(2)) : Math.round(seconds / length);
  return new Intl.NumberFormat(document.documentElement.lang, { style: 'unit', unit, unitDisplay: 'short' }).format(value);
}

/** A moment as people say it: the time today, else the day. */
export function moment(time) {
  const recent = Date.now() - time < 12 * 3600 * 1000;
  return new Intl.DateTimeFormat(document.documentElement.lang, recent ? { timeStyle: 'short' } : { dateStyle: 'medium', timeStyle: 'short' }).format(time);
}

/** What a language is called, by its tag. */
export const languageName = tag => (tag === 'dz' ? say('dzongkha') : new Intl.DisplayNames([document.documentElement.lang], { type: 'language' }).of(tag)); // Browsers know no name for it.
