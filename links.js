// @ts-check
// Where the links in a text begin and end. One file for both pages; the server puts it into each.
// No lookbehind and no `v` flag: Safari 15 and Chrome 90 read it, too.

const LINK_STARTS = /https?:\/\/|mailto:|www\.|@/gi;
const HOST = /[\p{L}\p{N}\p{M}\u200c\u200d_-]+(?:\.[\p{L}\p{N}\p{M}\u200c\u200d_-]+)*/uy;
const IPV6_HOST = /\[[\da-f:.]+\]/iy;
const PORT = /:\d{1,5}(?![\d\w])/y;
const LETTER = /[\p{L}\p{N}\p{M}]/u;
// Scripts written without spaces: where one follows a Latin letter, the sentence goes on and the address is over.
const UNSPACED = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]/u;
const ADDRESS_SIGNS = /[a-z\d\-._~:/?#@!$&'()*+,;=%[\]{}]/i;
// Between two letters these belong to a word; elsewhere they end it, as does every other sign beyond ASCII.
const INNER_SIGNS = '\u200c\u200d\u2013\u2019\u00b7\u30fb\u05be\u0f0b';
const TRAILING_SIGNS = ".,:;!?'*\u200c\u200d\u2013\u2019\u00b7\u30fb\u05be\u0f0b";
const CLOSERS = { ')': '(', ']': '[', '}': '{' };
const QUOTES = { "'": "'", '\u2018': '\u2019' };

const charAt = (text, at) => (at < text.length ? String.fromCodePoint(text.codePointAt(at)) : '');

function matchAt(pattern, text, at) {
  pattern.lastIndex = at;
  const found = pattern.exec(text);
  return found ? found[0] : '';
}

/** A host name without what cannot belong to it; '' where there is none. */
function hostAt(text, at) {
  let host = matchAt(HOST, text, at);
  const last = host.lastIndexOf('.') + 1;
  const latin = /^[a-z\d-]+/i.exec(host.slice(last));
  if (latin && UNSPACED.test(charAt(host, last + latin[0].length))) host = host.slice(0, last + latin[0].length);
  host = host.replace(/[-_\u200c\u200d]+$/, '');
  return /^[-_]/.test(host) ? '' : host;
}

/** Whether a name could stand in the DNS without a scheme to say so: two labels, the last of letters. */
const isDomain = host => /\.(?:[a-z]{2,}|xn--[a-z\d-]+|[^\x00-\x7f]{2,})$/i.test(host);

/** The end of a path, query or fragment that begins here. */
function tailEnd(text, at, before) {
  const open = [];
  let end = at;
  for (let char, last = ''; (char = charAt(text, end)); last = char, end += char.length) {
    const next = charAt(text, end + char.length);
    if (char > '\x7f') {
      if (LETTER.test(char) ? UNSPACED.test(char) && /[a-z\d]/i.test(last) : !INNER_SIGNS.includes(char) || !LETTER.test(next))
        break;
    } else if (!ADDRESS_SIGNS.test(char)) break;
    if (char === QUOTES[before] || (char === next && (char === '*' || char === '~'))) break;
    if ((char === ',' || char === ';') && /^https?:\/\//i.test(text.slice(end + 1, end + 9))) break;
    if ('([{'.includes(char)) open.push([char, end]);
    else if (CLOSERS[char]) {
      // A bracket that was opened before the address closes after it.
      if (!open.length || open[open.length - 1][0] !== CLOSERS[char]) break;
      open.pop();
    }
  }
  if (open.length) end = open[0][1];
  while (end > at && (TRAILING_SIGNS.includes(text[end - 1]) || (before === '_' && text[end - 1] === '_'))) end--;
  return end;
}

/** A web address from `start`; `at` is where its host begins. */
function webLink(text, start, at) {
  const before = text[start - 1] ?? '',
    bare = at === start;
  if (bare ? /[a-z\d_.@/:-]/i.test(before) && before !== ':' : /[a-z\d+.-]/i.test(before)) return null;
  const host = (!bare && matchAt(IPV6_HOST, text, at)) || hostAt(text, at);
  if (bare ? !isDomain(host.slice(4)) : /^$|^[\d.]*$/.test(host) && !/^(?:\d{1,3}\.){3}\d{1,3}$/.test(host)) return null;
  let end = at + host.length;
  end += matchAt(PORT, text, end).length;
  // Everything up to an @ would be a name and a password: `https://shop.example@evil.example` leads elsewhere than it says.
  if (/^(?::[^\s/?#@]*)?@/.test(text.slice(end, end + 200))) return null;
  if ('/?#'.includes(text[end] || ' ')) end = tailEnd(text, end, before);
  const href = (bare ? 'https://' : '') + text.slice(start, end);
  try {
    return /^https?:$/.test(new URL(href).protocol) ? { start, end, href } : null;
  } catch {
    return null;
  }
}

/** An e-mail address around the @ at `at`, not before `from`; `scheme` where mailto: stands before it. */
function mailLink(text, at, from, scheme) {
  let start = at;
  const isLocal = char => (char > '\x7f' ? LETTER.test(char) && !UNSPACED.test(char) : /[a-z\d._%+'-]/i.test(char));
  while (start > from && isLocal(text[start - 1])) start--;
  while (start < at && !/[a-z\d_+]|[^\x00-\x7f]/i.test(text[start])) start++;
  const host = hostAt(text, at + 1),
    hostEnd = at + 1 + host.length;
  if (start === at || text[start - 1] === '/' || !isDomain(host) || host.includes('_')) return null;
  // logo@2x.png is a file; git@host.example:name a repository; anna@shop.example@x no address at all.
  if (/^\dx\./.test(host) || /^(?::\w|@)/.test(text.slice(hostEnd, hostEnd + 2))) return null;
  if (!scheme) return { start, end: hostEnd, href: 'mailto:' + text.slice(start, hostEnd) };
  if (start !== from) return null;
  const end = text[hostEnd] === '?' ? tailEnd(text, hostEnd, text[from - scheme - 1] ?? '') : hostEnd;
  return { start: from - scheme, end, href: 'mailto:' + text.slice(from, end) };
}

/**
 * The text in pieces, links and what lies between: together they are the text. A piece with a `href` (http:, https: or mailto:) is a link.
 * @param {string} text
 * @returns {{ text: string, href: string }[]}
 */
export function linkPieces(text) {
  const pieces = [];
  let done = 0;
  const put = (start, end, href) => {
    if (end > start) pieces.push({ text: text.slice(start, end), href });
  };
  LINK_STARTS.lastIndex = 0;
  for (let found; (found = LINK_STARTS.exec(text));) {
    const sign = found[0].toLowerCase(),
      at = found.index,
      after = at + sign.length;
    let link = null;
    if (sign === '@') link = mailLink(text, at, done, 0);
    else if (sign === 'mailto:') {
      const name = matchAt(/[^\s@:/]+(?=@)/y, text, after);
      if (name && !/[a-z\d]/i.test(text[at - 1] ?? '')) link = mailLink(text, after + name.length, after, sign.length);
    } else {
      link = webLink(text, at, sign === 'www.' ? at : after);
      // What a refused address holds is not looked at piece by piece.
      if (!link) LINK_STARTS.lastIndex = after + matchAt(/\S*/y, text, after).length;
    }
    if (!link) continue;
    put(done, link.start, '');
    put(link.start, link.end, link.href);
    done = LINK_STARTS.lastIndex = link.end;
  }
  put(done, text.length, '');
  return pieces;
}
