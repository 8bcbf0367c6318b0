/* Search without a server. The index, found.js, is a script too, because a page from a file may load nothing else. It
 * is loaded when somebody begins to search. An entry is [kind, name, where or what it is, address, text]. */
'use strict';

const form = document.querySelector('form');
const input = form.querySelector('input');
const list = form.querySelector('ul');
const RANKS = {page: 40, name: 30, heading: 35, example: 20, source: 0};
const MOST = 40;
let entries = [];
let loading = null;
let chosen = -1;

function load() {
	loading ??= new Promise(resolve => {
		const script = document.createElement('script');
		script.src = form.dataset.root + 'found.js';
		script.onload = resolve;
		document.head.append(script);
	}).then(() => {
		entries = window.leatPages.map(to_entry);
	});
	return loading;
}

function to_entry([kind, name, about, url, text]) {
	const all = `${name} ${about} ${text}`.toLowerCase();
	return {kind, name, about, url, text, all, lower: name.toLowerCase(), twins: kind === 'example' ? twins(all) : []};
}

/* The book's programs that an example stands for: the number and the file of each. */
function twins(text) {
	return [...text.matchAll(/the book: (p\d+), (\S+)\.go/g)].flatMap(([, number, file]) => [number, file]);
}

/* How well a name fits: all of it, with or without leat_; its beginning; a part of it. */
function fit(name, query, words) {
	const short = name.replace(/^leat_|\.c$/g, '');
	if (name === query || short === query)
		return 1000;
	if (name.startsWith(query) || short.startsWith(query))
		return 500 - name.length;
	return words.every(word => name.includes(word)) ? 250 - name.length : 0;
}

/* How often the text has the rarest of the words. */
function often(entry, words) {
	return Math.min(20, ...words.map(word => entry.all.split(word).length - 1));
}

/* A name that fits counts most, also that of a twin. Then comes the line that says what a call or an example does, then
 * the text. */
function score(entry, query, words) {
	const phrase = words.length > 1 && entry.all.includes(query) ? 60 : 0;
	const about = entry.about.toLowerCase();
	const described = /name|example/.test(entry.kind) && words.every(word => about.includes(word)) ? 50 : 0;
	const twin = entry.twins.includes(query.replace(/\.go$/, '')) ? 1000 : 0;
	return fit(entry.lower, query, words) + RANKS[entry.kind] + often(entry, words) + phrase + described + twin;
}

/* Names that differ only in capitals are told apart by the words as they were typed. */
function search(typed) {
	const query = typed.toLowerCase();
	const words = query.split(/\s+/);
	return entries.filter(entry => words.every(word => entry.all.includes(word)))
		.map(entry => ({entry, score: score(entry, query, words) + (entry.name === typed ? 100 : 0)}))
		.sort((a, b) => b.score - a.score).slice(0, MOST).map(({entry}) => entry);
}

/* The element with a text, whose words that were asked for are marked. */
function marked(tag, text, words) {
	const element = document.createElement(tag);
	const escaped = words.map(word => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
	text.split(new RegExp(`(${escaped.join('|')})`, 'i')).forEach((part, i) => {
		const piece = i % 2 ? document.createElement('mark') : document.createTextNode(part);
		if (i % 2)
			piece.textContent = part;
		element.append(piece);
	});
	return element;
}

/* What a result says below its name: what it is, or the text around the first word that only the text has. */
function excerpt(entry, words) {
	const head = `${entry.name} ${entry.about}`.toLowerCase();
	const word = words.find(one => !head.includes(one));
	const at = word ? entry.text.toLowerCase().indexOf(word) : -1;
	const where = entry.about === entry.name ? '' : `${entry.about}: `;
	return at < 0 ? entry.about : `${where}… ${entry.text.slice(Math.max(0, at - 50), at + 90)} …`;
}

function item(entry, index, words) {
	const link = document.createElement('a');
	const row = document.createElement('li');
	link.href = form.dataset.root + entry.url;
	link.tabIndex = -1;
	link.append(marked('span', entry.name, words), marked('small', excerpt(entry, words), words));
	row.id = `found-${index}`;
	row.setAttribute('role', 'option');
	row.append(link);
	return row;
}

function choose(index) {
	chosen = Math.max(-1, Math.min(index, list.children.length - 1));
	[...list.children].forEach((row, i) => row.setAttribute('aria-selected', i === chosen));
	if (chosen >= 0)
		list.children[chosen].scrollIntoView({block: 'nearest'});
	input.setAttribute('aria-activedescendant', chosen < 0 ? '' : `found-${chosen}`);
}

function show(open) {
	list.hidden = !open;
	input.setAttribute('aria-expanded', open);
}

function update() {
	const typed = input.value.trim();
	const words = typed.toLowerCase().split(/\s+/);
	if (!typed)
		return show(false);
	const found = search(typed);
	list.replaceChildren(...found.map((entry, index) => item(entry, index, words)));
	if (!found.length)
		list.append(Object.assign(document.createElement('li'), {textContent: 'Nothing has all of these words.'}));
	show(true);
	choose(found.length ? 0 : -1);
}

function on_key(event) {
	if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
		event.preventDefault();
		choose(chosen + (event.key === 'ArrowDown' ? 1 : -1));
	} else if (event.key === 'Enter') {
		event.preventDefault();
		if (!list.hidden && chosen >= 0)
			list.children[chosen].querySelector('a').click();
	} else if (event.key === 'Escape') {
		show(false);
		input.blur();
	}
}

/* An address that ends in #q=words searches for them. */
function from_address() {
	const query = location.hash.match(/^#q=(.*)/);
	if (!query)
		return;
	input.value = decodeURIComponent(query[1].replace(/\+/g, ' '));
	input.focus();
	load().then(update);
}

form.hidden = false;
form.addEventListener('submit', event => event.preventDefault());
input.addEventListener('focus', () => load().then(update));
input.addEventListener('input', () => load().then(update));
input.addEventListener('keydown', on_key);
list.addEventListener('click', () => show(false));
window.addEventListener('hashchange', from_address);
document.addEventListener('click', event => form.contains(event.target) || show(false));
document.addEventListener('keydown', event => {
	if (event.key !== '/' || event.ctrlKey || event.metaKey || /^(INPUT|TEXTAREA)$/.test(document.activeElement.tagName))
		return;
	event.preventDefault();
	input.focus();
	input.select();
});

const contents = document.getElementById('contents');
const current = [...contents.querySelectorAll('[aria-current]')].pop();
if (current)
	contents.scrollTop = current.offsetTop - contents.clientHeight / 3;
contents.addEventListener('click', event => {
	if (event.target.closest('a') && contents.matches(':popover-open'))
		contents.hidePopover();
});
from_address();
