// The page's words in English and Simplified Chinese. Reasons come from the daemon as a code and an
// English sentence; the codes have names here. {…} is filled in by say().
'use strict';
const WORDS = {
  en: {
    skip: 'Skip to the content', sections: 'Sections', fleet: 'Fleet', next: 'Next', orders: 'Orders',
    held: 'Held', money: 'Money', calendar: 'Calendar', language: '中文', theme_auto: 'Theme: auto',
    theme_light: 'Theme: light', theme_dark: 'Theme: dark', ready: 'in order', starting: 'starting',
    paused: 'paused', unreachable: 'the daemon does not answer', stale: 'last tick {age} ago',
    version: 'Penstock {version}', last_tick: 'tick {tick} at {at} UTC', as_json: 'as JSON',
    loading: 'Reading…', none: 'Nothing here.', unknown_page: 'There is no such page.',
    instances: 'instances', with_policy: '{n} under a policy', saturated: 'saturated',
    delivered_of: 'delivered of {cap} ordered', open_orders: 'open orders',
    orders_today: '{n} of {limit} orders today', month_spent: 'committed this month',
    of_limit: 'of {limit}', pending: 'downgrades pending',
    filter: 'Filter: name, id, zone, policy, tag, reason', all: 'all', is_saturated: 'saturated',
    is_changing: 'changing', is_pending: 'downgrade pending', is_held: 'held back', is_paused: 'paused',
    shown: '{n} of {all} instances', page: '{from}–{to} of {n}', before: 'Previous', after: 'Following',
    instance: 'Instance', product: 'Product', zone: 'Zone', policy: 'Policy', egress: 'Egress',
    demand: 'Demand', cap: 'Cap', target: 'Target', decision: 'Decision', reason: 'Reason',
    term_end: 'Term ends (UTC)', status: 'Status', mbps: 'Mbps', observe: 'observes only',
    hold: 'hold', upgrade: 'upgrade', downgrade: 'downgrade', 'schedule-downgrade': 'schedule downgrade',
    'cancel-downgrade': 'cancel downgrade', 'replace-downgrade': 'replace downgrade',
    account: 'Account', type: 'Type', charge: 'Charge', billed_by: 'Billed by', limit: 'Type limit',
    scheduled: 'Scheduled cap', included: 'Included', since: 'since {at}', not_before: 'Not before',
    month_price: 'Price per month', tags: 'Tags', resource_group: 'Resource group',
    last_samples: 'Traffic and cap', chart_note: 'Point at the chart for figures; triangles are orders. The tables further down say the same in words.',
    no_samples: 'No samples are kept yet.', why_now: 'Why it is so now', rules: 'What each rule says',
    guards: 'What holds it back', passes: 'Looked at, and nothing in the way: {list}.', nothing_holds: 'Nothing.', comma: ', ', also: ', ', holds: 'holds', wants: 'wants {cap}', silent: 'is silent',
    past_decisions: 'Decisions', past_orders: 'Orders', at: 'At (UTC)', change: 'Change', state: 'State',
    reserved: 'Reserved', charged: 'Charged', kind: 'Kind', alarm: 'Alarm',
    order_open: 'Open orders', order_past: 'Latest orders', no_open: 'No order is open.',
    no_orders: 'No orders yet.', no_decisions: 'No decisions are recorded yet.',
    explain_wait: 'The daemon is putting its explanation together…',
    budgets: 'Budgets', fleet_day: 'Whole fleet, today', fleet_month: 'Whole fleet, this month',
    policy_month: 'Policy {policy}, this month', no_limit: '{spent}, no limit set', how_many: 'Instances', whole_name: 'The whole name, {n} characters', used: '{spent} of {limit} used',
    balances: 'Accounts', can_buy: 'can buy for {amount}', power_unknown: 'balance not readable',
    by_policy: 'By policy', capacity: 'Ordered capacity', renewal: 'Monthly price where known',
    held_intro: 'What keeps instances from the size that is wanted, most frequent first.',
    wanting: '{n} want another size', show_them: 'show in the fleet',
    plan_intro: 'What would be ordered next, as of the last tick.', plan_none: 'Nothing is due: every instance has the size that is wanted, or is held back.',
    plan_totals: '{up} upgrades, {down} downgrades, {rest} unchanged; {due} due at once', due_now: 'Due now',
    effective: 'In force from', at_once: 'at once',
    calendar_intro: 'Prepaid terms that end, and the downgrades that wait for it (UTC).', ends: '{n} terms end',
    more: '{n} more', later: 'Later', today: 'today', sorted: 'sort by {column}',
    notice_paused: 'Everything is paused: nothing is ordered. {why}', notice_journal: 'The journal cannot be written, so nothing is ordered: {why}',
    notice_account: 'Account {name}: {why}', notice_breaker: 'Account {name}: the breaker is open, nothing is ordered until “penstock resume”.',
    notice_doubt: 'Account {name}: the list of instances shrank at once; nothing is ordered.',
    notice_source: 'Source {name}: {why}', unlimited: 'unlimited', expired: 'over',
    delivered: 'delivered', capped: 'saturated', decided_target: 'target',
    locked: 'token needed', token: 'Token', token_use: 'Read', token_needed: 'Reading needs a token here: one of the configuration’s with the scope “read”. It is kept for this tab alone.',
  },
  zh: {
    skip: '跳到正文', sections: '栏目', fleet: '实例', next: '下一步', orders: '订单', held: '暂缓',
    money: '费用', calendar: '日历', language: 'English', theme_auto: '主题：自动', theme_light: '主题：浅色',
    theme_dark: '主题：深色', ready: '运行正常', starting: '正在启动', paused: '已暂停', unreachable: '守护进程无响应',
    stale: '上一轮在 {age} 之前', version: 'Penstock {version}', last_tick: '第 {tick} 轮，{at} UTC', as_json: 'JSON',
    loading: '读取中…', none: '暂无内容。', unknown_page: '没有这个页面。', instances: '台实例', with_policy: '{n} 台有策略',
    saturated: '已饱和', delivered_of: '正在使用，已订购 {cap}', open_orders: '进行中的订单', orders_today: '今日 {n} / {limit} 单',
    month_spent: '本月已承诺', of_limit: '上限 {limit}', pending: '待生效的降配', filter: '筛选：名称、ID、可用区、策略、标签、原因',
    all: '全部', is_saturated: '已饱和', is_changing: '变更中', is_pending: '降配待生效', is_held: '被暂缓', is_paused: '已暂停',
    shown: '{all} 台中的 {n} 台', page: '第 {from}–{to} 项，共 {n} 项', before: '上一页', after: '下一页', instance: '实例',
    product: '产品', zone: '可用区', policy: '策略', egress: '出向流量', demand: '需求', cap: '带宽上限', target: '目标',
    decision: '决定', reason: '原因', term_end: '到期（UTC）', status: '状态', mbps: 'Mbps', observe: '仅观察', hold: '保持',
    upgrade: '升配', downgrade: '降配', 'schedule-downgrade': '预约降配', 'cancel-downgrade': '取消降配', 'replace-downgrade': '更换降配',
    account: '账号', type: '机型', charge: '付费方式', billed_by: '计费方式', limit: '机型上限', scheduled: '待生效上限', included: '赠送带宽',
    since: '自 {at}', not_before: '最早时间', month_price: '每月价格', tags: '标签', resource_group: '资源组', last_samples: '流量与带宽上限',
    chart_note: '将指针移到图上查看数值，三角为订单；下方表格有文字说明。', no_samples: '还没有采样。', why_now: '当前原因', rules: '各规则的意见', guards: '限制条件',
    passes: '已检查，均无妨碍：{list}。', nothing_holds: '没有。', comma: '、', also: '，', holds: '拦截', wants: '建议 {cap}', silent: '无意见', past_decisions: '历史决定', past_orders: '历史订单', at: '时间（UTC）',
    change: '变更', state: '状态', reserved: '预留', charged: '实收', kind: '类型', alarm: '告警', order_open: '进行中的订单',
    order_past: '最近的订单', no_open: '没有进行中的订单。', no_orders: '还没有订单。', no_decisions: '还没有决定记录。', explain_wait: '守护进程正在整理说明…',
    budgets: '预算', fleet_day: '全部实例，今日', fleet_month: '全部实例，本月', policy_month: '策略 {policy}，本月', no_limit: '{spent}，未设上限', how_many: '实例数', whole_name: '完整名称，{n} 个字符',
    used: '已用 {spent}，上限 {limit}', balances: '账号', can_buy: '可用余额 {amount}', power_unknown: '余额不可读', by_policy: '按策略', capacity: '已订购带宽',
    renewal: '已知的每月价格', held_intro: '哪些原因使实例没有达到期望的带宽，按数量排列。', wanting: '{n} 台期望其他带宽', show_them: '在实例列表中查看',
    plan_intro: '按上一轮的结果，接下来会下的订单。', plan_none: '暂无应下的订单：所有实例都已是期望的带宽，或被暂缓。', plan_totals: '升配 {up}，降配 {down}，不变 {rest}；立即应付 {due}',
    due_now: '立即应付', effective: '生效时间', at_once: '立即', calendar_intro: '预付费周期的到期日，以及等待到期生效的降配（UTC）。', ends: '{n} 台到期', more: '还有 {n} 台',
    later: '更晚', today: '今天', sorted: '按{column}排序', notice_paused: '全部暂停：不会下任何订单。{why}', notice_journal: '日志库无法写入，因此不下订单：{why}',
    notice_account: '账号 {name}：{why}', notice_breaker: '账号 {name}：熔断已打开，执行“penstock resume”之前不会下单。', notice_doubt: '账号 {name}：实例列表突然变少，不会下单。',
    notice_source: '数据源 {name}：{why}', unlimited: '不限', expired: '已过', delivered: '实际流量', capped: '已饱和', decided_target: '目标',
    locked: '需要令牌', token: '令牌', token_use: '读取', token_needed: '此处读取数据需要令牌：请使用配置中带有 “read” 权限的令牌。令牌只保存在本标签页中。',
  },
};
/** Reasons by code; English makes its names of the codes. */
const REASONS_ZH = {
  none: '无', saturated: '已饱和', utilization: '利用率', step: '阶梯', percentile: '百分位', schedule: '计划时段', fixed: '固定值', bounds: '范围限制',
  quiet: '流量平稳', economic: '按成本权衡', 'next-term': '下一周期', forecast: '预测', 'percentile-budget': '95 计费预算', 'at-target': '已是目标值', delivered: '近期流量较高',
  'no-rule-spoke': '规则数据不足', unmatched: '没有匹配的策略', 'policy-tie': '策略优先级相同', observe: '仅观察', canary: '不在灰度范围', paused: '已暂停', 'fleet-paused': '全部暂停',
  override: '人工指定', frozen: '冻结时段', 'not-running': '未在运行', unlimited: '不限带宽', 'not-limitable': '机型不支持限速', 'limit-unknown': '上限未知', 'flat-rate': '按固定带宽计费',
  'cap-is-free': '上限不影响费用', 'charge-unknown': '计费方式未知', 'overdue-suspected': '疑似欠费', expiring: '即将到期且不续费', 'term-over': '周期已结束', 'no-data': '没有数据',
  'stale-data': '数据过期', 'thin-data': '数据不足', 'provider-traffic': '仅有云平台流量数据', 'mixed-data': '采样期间上限有变', 'still-saturated': '仍然饱和', 'change-running': '变更进行中',
  'order-unsettled': '订单结果未知', 'downgrade-pending': '降配待生效', 'cannot-cancel': '无权取消降配', 'state-unread': '变更状态未读取', cooldown: '冷却中', drift: '被他人修改',
  'await-window': '等待降配窗口', 'term-freeze': '临近到期', 'await-agreement': '等待规则一致', 'small-change': '变化太小', 'max-replacements': '更换次数已满', 'no-price': '没有价格',
  'price-limit': '超过单笔价格上限', 'policy-budget': '超过策略预算', 'fleet-day-budget': '超过今日预算', 'fleet-month-budget': '超过本月预算', 'orders-per-day': '今日订单数已满',
  'lowered-share': '今日降配比例已满', breaker: '熔断', balance: '余额不足', 'inventory-doubt': '实例列表可疑', 'quote-mismatch': '报价与价目不符', 'above-limit': '超过上限',
  surge: '流量激增', 'cancel-first': '先取消降配', 'not-wanted': '降配已不需要', 'better-target': '有更合适的目标', 'needs-approval': '等待批准', 'forecast-unproven': '预测未经验证',
};
/** States of orders and kinds of rules; English has the codes themselves. */
const CODES_ZH = {
  planned: '已计划', sent: '已发送', accepted: '已受理', processing: '处理中', effective: '已生效', scheduled: '待生效', rejected: '被拒绝', unknown: '结果未知',
  settled: '已核实', cancelled: '已取消', superseded: '已被替换', saturation: '饱和', utilization: '利用率', step: '阶梯', percentile: '百分位', schedule: '计划时段',
  fixed: '固定值', economic: '成本权衡', 'percentile-budget': '95 计费预算',
};
const codeName = code => language === 'zh' ? CODES_ZH[code] ?? code : code;
let language = localStorage.getItem('language') ||
  (navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en');

/** A phrase of the present language with its {…} filled in. */
function say(key, values = {}) {
  const text = WORDS[language][key] ?? WORDS.en[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? '');
}
function reasonName(code) {
  if (!code) return '';
  return language === 'zh' ? REASONS_ZH[code] ?? code : code.replaceAll('-', ' ');
}
function setLanguage(code) {
  language = code;
  localStorage.setItem('language', code);
}
