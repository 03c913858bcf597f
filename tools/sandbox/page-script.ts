/**
 * The script of the sandbox's page. It puts nothing on the page as HTML: only as text. Its place for dropped files is like that
 * of the service's page (service/page.ts), which is bundled and shipped: sharing it would change what every option deploys.
 */
export const script = String.raw`
'use strict';
const byId = (id) => document.getElementById(id);
const form = byId('form'), picture = byId('picture'), drop = byId('drop'), answers = byId('answers'), facts = byId('facts'), made = byId('made');
const summary = byId('summary'), progress = byId('progress'), problem = byId('problem');
const maxBodyBytes = Number(form.dataset.maxBodyBytes);
const bytes = (n) => n < 1000 ? n + ' bytes' : n < 1e6 ? (n / 1000).toFixed(1) + ' kB' : (n / 1e6).toFixed(1) + ' MB';
const milliseconds = (n) => (n < 10 ? n.toFixed(1) : Math.round(n)) + ' ms';
const STATES = { waiting: 'waiting', starting: 'starting', running: 'runs', missing: 'not here', ended: 'has ended' };
let file, running, count = 0;

const element = (name, text) => {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  return made;
};

// Commands in a text are shown as what can be copied.
const withCommands = (text) => text.split(/(npm run [\w:-]+(?: -- [\w-]+)?)/).map((part, i) => i % 2 ? element('code', part) : part);

const showOption = ({ name, state, url, startMs, why }) => {
  const row = document.querySelector('[data-runner="' + name + '"]');
  if (!row) return;
  const part = (of) => row.querySelector('[data-part="' + of + '"]');
  part('state').textContent = STATES[state];
  part('state').className = 'state ' + state;
  part('start').textContent = startMs === undefined ? '' : 'after ' + (startMs / 1000).toFixed(1) + ' s';
  part('link').hidden = url === undefined;
  if (url !== undefined) part('link').href = url + '/';
  part('why').hidden = why === undefined;
  part('why').replaceChildren(...withCommands(why ?? ''));
};

const showState = ({ options, idle, ready }) => {
  options.forEach(showOption);
  for (const [id, usd] of Object.entries(idle)) {
    const place = document.querySelector('[data-option="' + id + '"] [data-part="idle"]');
    if (place) place.textContent = /^[\d.,]+$/.test(usd) ? usd + ' USD a month' : usd;
  }
  const having = (state) => options.filter((option) => option.state === state).length;
  count = having('running');
  const missing = having('missing') + having('ended');
  const text = count + ' of ' + options.length + ' answer' + (ready ? '' : ', more are being started') + (missing ? '; ' + missing + (missing === 1 ? ' is' : ' are') + ' not here, with the reason below.' : '.');
  if (summary.textContent !== text) summary.textContent = text;
};

const events = new EventSource('/events');
events.addEventListener('message', ({ data }) => showState(JSON.parse(data)));
events.addEventListener('error', () => {
  summary.textContent = 'The sandbox has ended. To start it again: npm run sandbox';
});

const showProblem = (text) => {
  // Out and in again: what a live region says when it appears is what is read aloud.
  problem.hidden = true;
  problem.textContent = text;
  problem.hidden = false;
};

// A name may be broken after its slash, and nowhere else.
const nameOf = (name) => {
  const shown = element('b'), [first, ...rest] = name.split('/');
  shown.append(first);
  for (const part of rest) shown.append('/', element('wbr'), part);
  return shown;
};

const showPicture = ({ type, base64 }, alt) => {
  const image = element('img');
  const content = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  image.src = URL.createObjectURL(new Blob([content], { type }));
  image.alt = alt;
  return image;
};

// What a pipeline has made of the picture that was put to its bucket.
const showUploaded = ({ name, uploaded, why }) => {
  const words = element('p', why === undefined ? uploaded.thumbnails.length + ' thumbnails within ' + milliseconds(uploaded.ms) + ' of the upload' : why);
  words.prepend(nameOf(name), ' ');
  const pictures = (uploaded.thumbnails ?? []).map((each) => {
    const figure = element('figure'), caption = element('figcaption');
    const image = showPicture(each, each.width + ' pixels wide, by the pipeline');
    // A picture is not enlarged: where it is smaller than what is asked for, so is its thumbnail.
    image.addEventListener('load', () => {
      const { naturalWidth } = image;
      caption.textContent = naturalWidth + ' pixels' + (naturalWidth < each.width ? ' (' + each.width + ' asked)' : '') + ', ' + bytes(each.bytes);
      image.alt = naturalWidth + ' pixels wide, by the pipeline';
    });
    figure.append(image, caption);
    return figure;
  });
  made.append(words, ...pictures);
  byId('made-title').hidden = made.hidden = false;
};

const showAnswer = (answer) => {
  const item = element('li');
  item.dataset.answer = answer.name;
  if (answer.status === 200 && !answer.thumbnail) {
    item.append(nameOf(answer.name), ' ' + milliseconds(answer.ms));
    facts.append(item);
    byId('facts-title').hidden = false;
    return;
  }
  if (answer.thumbnail) {
    item.append(showPicture(answer.thumbnail, 'Thumbnail by ' + answer.name));
  }
  item.append(nameOf(answer.name));
  if (answer.ms !== undefined) {
    const bar = element('i');
    bar.dataset.ms = answer.ms;
    item.append(element('span', milliseconds(answer.ms) + (answer.insideMs === undefined ? '' : ', ' + milliseconds(answer.insideMs) + ' of it in the service')), bar);
  }
  if (answer.thumbnail) item.append(element('span', bytes(answer.thumbnail.bytes)));
  if (answer.why !== undefined) item.append(element('span', answer.why));
  answers.append(item);
  const bars = [...answers.querySelectorAll('i')];
  const longest = Math.max(...bars.map((bar) => Number(bar.dataset.ms)));
  for (const bar of bars) bar.style.setProperty('--share', Number(bar.dataset.ms) / longest);
};

const clear = () => {
  for (const image of document.querySelectorAll('#answers img, #made img')) URL.revokeObjectURL(image.src);
  for (const list of [answers, facts, made]) list.replaceChildren();
  byId('facts-title').hidden = byId('made-title').hidden = made.hidden = true;
};

// Each line of the answer is one option's.
const readLines = async (body, take) => {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const lines = (rest + value).split('\n');
    rest = lines.pop();
    lines.filter(Boolean).forEach((line) => take(JSON.parse(line)));
  }
};

const send = async () => {
  if (!file) {
    showProblem('There is no picture yet. Choose one, drop one, or have one drawn.');
    picture.focus();
    return;
  }
  if (!form.reportValidity()) return;
  if (file.size > maxBodyBytes) {
    showProblem(file.name + ' has ' + bytes(file.size) + '; the sandbox takes at most ' + bytes(maxBodyBytes) + '.');
    return;
  }
  running?.abort();
  const { signal } = running = new AbortController();
  problem.hidden = true;
  clear();
  const began = performance.now();
  let answered = 0;
  progress.textContent = 'The picture is being sent.';
  try {
    const query = new URLSearchParams({ width: byId('width').value, format: byId('format').value });
    const answer = await fetch('/thumbnails?' + query, { method: 'POST', body: file, signal });
    if (!answer.ok) {
      showProblem(await answer.text());
      progress.textContent = '';
      return;
    }
    await readLines(answer.body, (line) => {
      if (signal.aborted) return;
      if (line.uploaded) {
        showUploaded(line);
        return;
      }
      answered += 1;
      showAnswer(line);
      progress.textContent = answered + ' of ' + count + ' have answered.';
    });
    if (!signal.aborted) progress.textContent = answered === 0 ? 'No option runs yet.' : 'All ' + answered + ' have answered, within ' + ((performance.now() - began) / 1000).toFixed(1) + ' s, one after another.';
  } catch {
    if (signal.aborted) return;
    progress.textContent = '';
    showProblem('The sandbox does not answer. It may have been ended. To start it again: npm run sandbox');
  }
};

const take = (taken) => {
  if (!taken) return;
  file = taken;
  byId('chosen').textContent = file.name || 'Picture';
  void send();
};

picture.addEventListener('change', () => take(picture.files[0]));
form.addEventListener('submit', (event) => { event.preventDefault(); void send(); });
// A picture may be dropped anywhere: beside the box it would otherwise replace the page.
for (const type of ['dragenter', 'dragover'])
  addEventListener(type, (event) => { event.preventDefault(); drop.classList.add('over'); });
addEventListener('dragleave', (event) => { if (!event.relatedTarget) drop.classList.remove('over'); });
addEventListener('drop', (event) => {
  event.preventDefault();
  drop.classList.remove('over');
  const [dropped] = event.dataTransfer.files;
  if (dropped) take(dropped);
  else showProblem('There is no file in what was dropped. Save the picture first, and drop its file.');
});

byId('draw').addEventListener('click', () => {
  const canvas = document.createElement('canvas');
  const width = canvas.width = 2400, height = canvas.height = 1600, paint = canvas.getContext('2d');
  for (let i = 0; i < 400; i += 1) {
    paint.fillStyle = 'hsl(' + (Math.random() * 60 + i / 3) + ' 70% ' + (30 + Math.random() * 40) + '%)';
    paint.beginPath();
    paint.arc(Math.random() * width, Math.random() * height, 30 + Math.random() * 260, 0, 7);
    paint.fill();
  }
  canvas.toBlob((blob) => take(new File([blob], 'circles.jpg', { type: blob.type })), 'image/jpeg', 0.9);
});

byId('controls').disabled = false;
`;
