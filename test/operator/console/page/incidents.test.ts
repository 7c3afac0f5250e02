import { describe, expect, it } from 'vitest';
import {
  firstFile,
  imageType,
  readable,
  shownAs,
} from '../../../../operator/console/page/incidents/evidence-file.ts';
import { blocksOf, spansOf } from '../../../../operator/console/page/incidents/markdown.ts';
import { timelineOf } from '../../../../operator/console/page/incidents/timeline.ts';
import type { IncidentView } from '../../../../operator/console/wire/incident.ts';

const spec: IncidentView['spec'] = {
  executor: { name: 'btc-maker', uid: 'uid-1' },
  alert: { name: 'Slow', fingerprint: 'f', since: '2026-11-25T12:40:00Z' },
  decision: 'Slow lasted 10 min',
  decidedAt: '2026-11-25T12:50:00Z',
  before: { mode: 'live', killSwitch: false },
  after: { mode: 'paper', killSwitch: true },
};

describe('the timeline of an incident', () => {
  it('begins with the alert and is in order of time, with what passed between', () => {
    const timeline = [
      { at: '2026-11-25T12:50:00.340Z', what: 'Flat: pod-0' },
      { at: '2026-11-25T12:50:00.012Z', what: 'Latched: paper: killed' },
      { at: '2026-11-25T12:51:00Z', what: 'somebody looked at it' },
    ];
    const acknowledged = { by: 'ayse', at: '2026-11-25T13:00:00Z' };
    const told = timelineOf({ spec, status: { timeline, acknowledged } }, []);
    expect(told.map(({ title, words, afterMs }) => [title, words, afterMs])).toEqual([
      ['Began', 'Slow became active', null],
      ['Decided', 'Slow lasted 10 min', 600_000],
      ['Latched', 'paper: killed', 12],
      ['Flat', 'pod-0', 328],
      ['somebody looked at it', '', 59_660],
      ['Acknowledged', 'by ayse', 540_000],
    ]);
  });

  it('takes gated and flat from the kill that followed the decision, of each pod', () => {
    const kill = (at: string) => ({
      ...{ at, reason: 'RollbackLatched' },
      pods: [{ name: 'pod-0', gatedMs: 12, flatMs: null }],
    });
    const kills = ['2026-11-25T12:50:00.058Z', '2026-11-25T12:30:00Z', '2026-11-25T13:30:00Z'].map(
      kill,
    );
    const told = timelineOf({ spec, status: null }, kills).slice(2);
    expect(told).toEqual([
      {
        at: '2026-11-25T12:50:00.070Z',
        title: 'Gated',
        words: 'pod-0, 12 ms after the kill',
        afterMs: 70,
      },
    ]);
    const timeline = [{ at: '2026-11-25T12:50:01Z', what: 'Gated: as written' }];
    expect(timelineOf({ spec, status: { timeline } }, kills)).toHaveLength(3);
  });

  it('tells nothing twice that the operator wrote itself', () => {
    const timeline = [
      { at: '2026-11-25T12:50:00Z', what: 'Decided: as written' },
      { at: '2026-11-25T13:00:00Z', what: 'Acknowledged: by ayse' },
    ];
    const acknowledged = { by: 'ayse', at: '2026-11-25T13:00:00Z' };
    const titles = timelineOf({ spec, status: { timeline, acknowledged } }, []).map(
      ({ title }) => title,
    );
    expect(titles).toEqual(['Began', 'Decided', 'Acknowledged']);
    expect(timelineOf({ spec, status: null }, [])).toHaveLength(2);
  });
});

describe('a file of a pack', () => {
  it.each([
    ['README.md', 'markdown'],
    ['latency.svg', 'image'],
    ['overview.PNG', 'image'],
    ['metrics.prom', 'text'],
    ['page.html', 'download'],
    ['no-ending', 'download'],
  ])('%s is shown as %s', (name, shown) => {
    expect(shownAs(name)).toBe(shown);
  });

  it('is opened first when it was written for people', () => {
    expect(firstFile([{ name: 'a.txt' }, { name: 'README.md' }])).toBe('README.md');
    expect([firstFile([{ name: 'a.txt' }]), firstFile([])]).toEqual(['a.txt', null]);
    expect([imageType('a.svg'), imageType('a.html')]).toEqual(['image/svg+xml', undefined]);
  });

  it('is broken into lines when it is JSON, and left alone when it is none', () => {
    expect(readable('a.json', '{"a":1}')).toBe('{\n  "a": 1\n}');
    expect([readable('a.json', '{"a":'), readable('a.txt', '{"a":1}')]).toEqual([
      '{"a":',
      '{"a":1}',
    ]);
  });
});

describe('Markdown of a pack', () => {
  it('is headings, paragraphs, lists, tables and code', () => {
    const blocks = blocksOf(
      '# Title\r\n\r\none\ntwo\n\n- a\n  more\n* b\n\n| x | y |\n| --- | --- |\n| 1 | a\\|b |\n\n```\n# code\n```\n',
    );
    expect(blocks).toEqual([
      { kind: 'heading', level: 1, text: 'Title' },
      { kind: 'paragraph', text: 'one two' },
      { kind: 'list', items: ['a more', 'b'] },
      { kind: 'table', head: ['x', 'y'], rows: [['1', 'a|b']] },
      { kind: 'code', text: '# code' },
    ]);
  });

  it('keeps markup as the text it is', () => {
    expect(blocksOf('<script>x</script>')).toEqual([
      { kind: 'paragraph', text: '<script>x</script>' },
    ]);
    expect(spansOf('see [here](javascript:alert(1)) `a<b` **now**')).toEqual([
      { kind: 'text', text: 'see here (javascript:alert(1)) ' },
      { kind: 'code', text: 'a<b' },
      { kind: 'text', text: ' ' },
      { kind: 'strong', text: 'now' },
    ]);
  });

  it('ends, whatever it is given', () => {
    for (const text of ['', '```', '|', '- ', '#', '#x', '  indented', '**', '[a](']) {
      expect(() =>
        blocksOf(text).map((block) => 'text' in block && spansOf(block.text)),
      ).not.toThrow();
    }
  });
});

describe('the README of a pack', () => {
  it('keeps the numbers of its steps, and a command between them as it is to be typed', () => {
    const text = '1. Look at\n   the log\n2. Then:\n\n       kubectl annotate x\n3. Put it back\n';
    expect(blocksOf(text)).toEqual([
      { kind: 'paragraph', text: '1. Look at the log' },
      { kind: 'paragraph', text: '2. Then:' },
      { kind: 'code', text: 'kubectl annotate x' },
      { kind: 'paragraph', text: '3. Put it back' },
    ]);
    expect(spansOf('![the hour](latency.svg)')).toEqual([
      { kind: 'text', text: 'the hour (latency.svg)' },
    ]);
  });
});
