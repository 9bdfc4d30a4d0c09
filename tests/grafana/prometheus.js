// Prometheus as a data source of Grafana's scenes: what the queries of a dashboard need, and an error
// for everything else.
import {DataSourceApi, FieldType, LoadingState, rangeUtil, toDataFrame} from '@grafana/data';
import {sceneGraph} from '@grafana/scenes';
import {from, map, of} from 'rxjs';

const SCRAPE = 2;  // seconds between scrapes, as the script sets it

/** Several values become an alternative; one is a string within a matcher. */
function inMatcher(value, variable) {
  const escaped = text => String(text).replace(/\\/g, '\\\\').replace(/"/g, '\\"');
  const asPattern = text => escaped(String(text).replace(/[\\^$*+?.()|[\]{}]/g, '\\$&'));
  if (Array.isArray(value)) return value.length === 1 ? asPattern(value[0]) : `(${value.map(asPattern).join('|')})`;
  return variable.multi || variable.includeAll ? asPattern(value) : escaped(value);
}
/** "{{policy}} {{period}}" with the labels of a series; without a text, the series as Prometheus writes it. */
function legend(text, labels, expr) {
  if (text && text !== '__auto') return text.replace(/\{\{\s*(.+?)\s*\}\}/g, (_, name) => labels[name] ?? '');
  const {__name__: name = '', ...rest} = labels, pairs = Object.entries(rest).map(([key, value]) => `${key}="${value}"`);
  if (text === '__auto' && pairs.length === 1) return Object.values(rest)[0];
  return name || pairs.length ? `${name}${pairs.length ? `{${pairs.join(', ')}}` : ''}` : expr;
}
const number = text => text === '+Inf' ? Infinity : text === '-Inf' ? -Infinity : Number(text);

function series(target, expr, result) {
  return result.map(({metric, values, value}) => {
    const points = values ?? [value];
    return toDataFrame({refId: target.refId, fields: [
      {name: 'Time', type: FieldType.time, values: points.map(([at]) => at * 1000)},
      {name: 'Value', type: FieldType.number, labels: metric, values: points.map(([, text]) => number(text)),
       config: {displayNameFromDS: legend(target.legendFormat, metric, expr)}}]});
  });
}
function table(target, result, only) {
  const labels = [...new Set(result.flatMap(one => Object.keys(one.metric)))].sort();
  const points = result.flatMap(({metric, values, value}) => (values ?? [value]).map(([at, text]) => ({metric, at, value: number(text)})));
  return [toDataFrame({refId: target.refId, fields: [
    {name: 'Time', type: FieldType.time, values: points.map(one => one.at * 1000)},
    ...labels.map(name => ({name, type: FieldType.string, values: points.map(one => one.metric[name] ?? '')})),
    {name: only ? 'Value' : `Value #${target.refId}`, type: FieldType.number, values: points.map(one => one.value)}]})];
}

/** A mark where a series has a value, its texts filled in from the labels. */
function marks(query, frames) {
  const fill = (text, labels) => (text ?? '').replace(/\{\{\s*(.+?)\s*\}\}/g, (_, name) => labels[name] ?? '');
  return of(frames.flatMap(frame => {
    const [time, value] = frame.fields, labels = value.labels ?? {};
    return time.values.filter((_, i) => value.values[i]).map(at => (
      {time: at, title: fill(query.titleFormat, labels), text: fill(query.textFormat, labels), color: query.iconColor, source: query}));
  }));
}

export class Prometheus extends DataSourceApi {
  constructor(settings) {
    super(settings);
    this.url = settings.url;
    this.annotations = {prepareAnnotation: one => one, prepareQuery: one => one.target, processEvents: marks};
  }
  async get(path, parameters) {
    const answer = await fetch(`${this.url}${path}?${new URLSearchParams(parameters)}`);
    const body = await answer.json();
    if (body.status !== 'success') throw new Error(`${parameters.query ?? path}: ${body.error}`);
    return body.data;
  }
  interpolate(text, request) {
    const scene = request.scopedVars.__sceneObject.value.valueOf();
    return sceneGraph.interpolate(scene, text, request.scopedVars, inMatcher);
  }
  async run(request) {
    const begin = request.range.from.unix(), end = request.range.to.unix(), frames = [];
    for (const target of request.targets) {
      const least = target.interval ? rangeUtil.intervalToMs(target.interval) / 1000 : 0;
      const step = Math.max(SCRAPE, least, Math.ceil((end - begin) / (request.maxDataPoints || 1000)));
      // As Grafana has it: four scrapes at least.
      const rate = Math.max(step + SCRAPE, 4 * SCRAPE);
      const text = target.expr.replaceAll('$__rate_interval', `${rate}s`).replaceAll('$__interval', `${step}s`).replaceAll('$__range', `${end - begin}s`);
      const query = this.interpolate(text, request);
      const data = target.instant ? await this.get('/api/v1/query', {query, time: end}) :
        await this.get('/api/v1/query_range', {query, start: begin - begin % step, end, step});
      frames.push(...(target.format === 'table' ? table(target, data.result, request.targets.length === 1) : series(target, query, data.result)));
    }
    return frames;
  }
  query(request) {
    return from(this.run(request)).pipe(map(data => ({data, state: LoadingState.Done, key: request.requestId})));
  }
  async metricFindQuery({query}, options) {
    const asked = this.interpolate(query, options), [, expr] = asked.match(/^query_result\((.+)\)$/) ?? [];
    if (expr) {
      const {result} = await this.get('/api/v1/query', {query: expr});
      return result.map(({metric, value}) => ({text: `${legend('', metric, expr)} ${value[1]} ${value[0] * 1000}`}));
    }
    const [, selector, label] = asked.match(/^label_values\((.+), (\w+)\)$/) ?? [];
    if (!label) throw new Error(`neither label_values nor query_result: ${query}`);
    const values = await this.get(`/api/v1/label/${label}/values`, {'match[]': selector});
    return values.map(text => ({text}));
  }
  async testDatasource() { return {status: 'success', message: ''}; }
}
