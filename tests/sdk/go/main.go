// Drives every call the daemon needs through the vendor's Go SDK, old and new versions.
//
//	drive HOST:PORT      (a running `penstock sandbox`)
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/zenlayer/zenlayercloud-sdk-go/zenlayercloud/common"
)

var (
	address string
	checks  int
)

func fail(format string, values ...any) {
	fmt.Printf("FAILED: "+format+"\n", values...)
	os.Exit(1)
}

func check(condition bool, format string, values ...any) {
	checks++
	if !condition {
		fail(format, values...)
	}
}

func (s service) ask(action, body string) map[string]any {
	response, err := s.calls[action](body)
	check(err == nil, "%s %s %s: %v", s.name, action, body, err)
	return response
}

func (s service) refused(code, action, body string) {
	_, err := s.calls[action](body)
	var refusal *common.ZenlayerCloudSdkError
	check(errors.As(err, &refusal), "%s %s %s: %v is no API error", s.name, action, body, err)
	check(refusal.Code == code, "%s %s %s: %v instead of %s", s.name, action, body, err, code)
	check(refusal.RequestId != "", "%s %s names no request", s.name, action)
}

func control(method, path, body string) map[string]any {
	request := must(http.NewRequest(method, "http://"+address+"/sandbox/"+path, strings.NewReader(body)))
	response := must(http.DefaultClient.Do(request))
	defer response.Body.Close()
	text := must(io.ReadAll(response.Body))
	check(response.StatusCode == 200, "%s %s %s: %s", method, path, body, text)
	var out map[string]any
	check(json.Unmarshal(text, &out) == nil, "%s %s: no JSON", method, path)
	return out
}

func rows(value any) []map[string]any {
	out := []map[string]any{}
	list, _ := value.([]any)
	for _, row := range list {
		out = append(out, row.(map[string]any))
	}
	return out
}

// number reads a member; old models drop zeros, so an absent one is zero.
func number(row map[string]any, name string) float64 {
	value, _ := row[name].(float64)
	return value
}

func (s service) some(instances []map[string]any, charge, internet string, above float64) string {
	for _, it := range instances {
		if it["instanceChargeType"] == charge && it["internetChargeType"] == internet &&
			it["instanceStatus"] == "RUNNING" && number(it, s.size) > above {
			return it["instanceId"].(string)
		}
	}
	fail("%s: the fleet has no %s %s", s.name, charge, internet)
	return ""
}

func (s service) lists() []map[string]any {
	check(len(rows(s.ask("DescribeZones", "{}")["zoneSet"])) >= 5, "%s zones", s.name)
	seen := []map[string]any{}
	ids := map[string]bool{}
	for page, total := 1, 1; len(seen) < total; page++ {
		answer := s.ask("DescribeInstances", fmt.Sprintf(`{"pageNum":%d,"pageSize":2}`, page))
		total = int(number(answer, "totalCount"))
		found := rows(answer["dataSet"])
		check(len(found) > 0, "%s page %d", s.name, page)
		seen = append(seen, found...)
	}
	for _, it := range seen {
		ids[it["instanceId"].(string)] = true
		_, term := it["expiredTime"]
		check(term == (it["instanceChargeType"] == "PREPAID"), "%s term of %v", s.name, it)
		check(it["tags"] != nil, "%s tags", s.name)
		if s.size == "bandwidthOutMbps" {
			model, _ := it["instanceType"].(map[string]any)
			check(number(model, "maximumBandwidth") > 0, "%s maximum bandwidth", s.name)
		}
	}
	check(len(ids) == len(seen), "%s paging", s.name)
	one := seen[0]["instanceId"].(string)
	found := rows(s.ask("DescribeInstances", `{"instanceIds":["`+one+`"],"pageSize":100}`)["dataSet"])
	check(len(found) == 1 && found[0]["instanceId"] == one, "%s by id", s.name)
	return seen
}

func (s service) limits(instances []map[string]any) {
	if s.size == "bandwidthOutMbps" {
		for _, it := range rows(s.ask("DescribeInstanceTypes", "{}")["instanceTypes"]) {
			check(number(it, "maximumBandwidth") > 0, "%s types", s.name)
		}
		included := 0.0
		stock := s.ask("DescribeAvailableResources", `{"instanceChargeType":"PREPAID"}`)
		for _, it := range rows(stock["availableResources"]) {
			if number(it, "defaultBandwidthOut") > included {
				included = number(it, "defaultBandwidthOut")
			}
		}
		check(included == 50, "%s included bandwidth", s.name)
		s.refused("MISSING_PARAMETER", "DescribeAvailableResources", "{}")
		return
	}
	statuses := s.ask("DescribeInstancesStatus", `{"pageSize":100}`)
	check(int(number(statuses, "totalCount")) == len(instances), "%s statuses", s.name)
	quota := s.ask("DescribeZoneInstanceConfigInfos", `{"instanceChargeType":"PREPAID"}`)
	unlimited := false
	for _, it := range rows(quota["instanceTypeQuotaSet"]) {
		unlimited = unlimited || number(it, "internetMaxBandwidthOutLimit") == -1
	}
	check(unlimited, "%s limits", s.name)
	s.refused("MISSING_PARAMETER", "DescribeZoneInstanceConfigInfos", "{}")
	s.refused("INVALID_ZONE_NOT_FOUND", "DescribeZoneInstanceConfigInfos",
		`{"instanceChargeType":"PREPAID","zoneId":"NOWHERE"}`)
}

func (s service) status(id string) string {
	it := s.ask("DescribeInstanceInternetStatus", `{"instanceId":"`+id+`"}`)
	modified, pending := it["modifiedInternetMaxBandwidthOut"]
	text := fmt.Sprintf("%v %v", number(it, "internetMaxBandwidthOut"), it["modifiedBandwidthStatus"])
	if pending && modified != 0.0 {
		text += fmt.Sprintf(" %v", modified)
	}
	return text
}

func (s service) is(id, format string, values ...any) {
	expected := fmt.Sprintf(format, values...)
	status := s.status(id)
	check(status == expected, "%s: %s instead of %s", s.name, status, expected)
}

func (s service) settle(id string, size float64) {
	for i := 0; i < 50 && !strings.HasSuffix(s.status(id), "Enable"); i++ {
		time.Sleep(200 * time.Millisecond)
	}
	s.is(id, "%v Enable", size)
}

func (s service) sized(id string, size float64) string {
	return fmt.Sprintf(`{"instanceId":"%s","%s":%d}`, id, s.size, int(size))
}

func (s service) sizeOf(id string) float64 {
	return number(s.ask("DescribeInstanceInternetStatus", `{"instanceId":"`+id+`"}`), "internetMaxBandwidthOut")
}

func (s service) prices(prepaid, postpaid, byUse string) {
	inquiry := "InquiryPriceInstanceBandwidth"
	price := rows(s.ask(inquiry, s.sized(prepaid, s.sizeOf(prepaid)+100))["bandwidthPrice"])
	check(len(price) == 1 && number(price[0], "originalPrice") > 0, "%s prepaid price", s.name)
	check(price[0]["unitPrice"] == nil, "%s prepaid unit price", s.name)
	price = rows(s.ask(inquiry, s.sized(postpaid, 600))["bandwidthPrice"])
	check(price[0]["chargeUnit"] == "HOUR", "%s charge unit", s.name)
	check(number(price[0], "unitPrice") > 0 || len(rows(price[0]["stepPrices"])) > 1, "%s hourly", s.name)
	s.refused("OPERATION_DENIED_INTERNET_CHARGE_TYPE_NOT_SUPPORT", inquiry, s.sized(byUse, 100))
}

func (s service) prepaid(id string) {
	money := billing(address)
	modify, only := "ModifyInstanceBandwidth", `{"instanceId":"`+id+`"}`
	size := s.sizeOf(id)
	before := number(money.ask("DescribeCustomerBalance", "{}"), "purchasingPower")
	order, _ := s.ask(modify, s.sized(id, size+100))["orderNumber"].(string)
	check(order != "", "%s order number", s.name)
	s.is(id, "%v Processing %v", size, size+100)
	running := "OPERATION_DENIED_INSTANCE_BANDWIDTH_PROCESSING"
	if s.size == "bandwidthOutMbps" {
		running = "OPERATION_FAILED_INSTANCE_BANDWIDTH_PROCESSING"
	}
	s.refused(running, modify, s.sized(id, size+101))
	s.settle(id, size+100)
	after := number(money.ask("DescribeCustomerBalance", "{}"), "purchasingPower")
	paid := 0
	history := money.ask("DescribeTransactionHistory", `{"pageSize":1000,"transactionType":["DEDUCTION"]}`)
	for _, it := range rows(history["dataSet"]) {
		if it["orderSn"] == order {
			paid++
			check(number(it, "amount") > 0 && number(it, "amount") <= before-after+1e-6, "%s charge", s.name)
		}
	}
	check(paid == 1, "%s transactions of the order: %d", s.name, paid)
	order, _ = s.ask(modify, s.sized(id, size))["orderNumber"].(string)
	check(order != "", "%s downgrade order", s.name)
	s.is(id, "%v WaitToEnable %v", size+100, size)
	s.refused("OPERATION_DENIED_INSTANCE_EXIST_PLAN_BANDWIDTH", modify, s.sized(id, size+200))
	s.ask("CancelInstanceBandwidthDowngrade", only)
	s.is(id, "%v Enable", size+100)
	s.refused("OPERATION_DENIED_DOWNGRADE_NOT_EXIST", "CancelInstanceBandwidthDowngrade", only)
}

func (s service) postpaid(id string) {
	size := s.sizeOf(id)
	for _, target := range []float64{size + 50, size} {
		order, _ := s.ask("ModifyInstanceBandwidth", s.sized(id, target))["orderNumber"].(string)
		check(order == "", "%s postpaid order number", s.name)
		s.settle(id, target)
	}
}

func (s service) refusals(id, byUse string) {
	modify, missing := "ModifyInstanceBandwidth", `{"instanceId":"`+id+`"}`
	s.refused("INVALID_INSTANCE_NOT_FOUND", modify, s.sized("1", 100))
	s.refused("INVALID_INSTANCE_NOT_FOUND", "DescribeInstanceInternetStatus", `{"instanceId":"1"}`)
	s.refused("INVALID_PARAMETER_BANDWIDTH_EXCEED", modify, s.sized(id, 1000000))
	s.refused("INVALID_PARAMETER_LESS_MINIMUM", modify, s.sized(id, -1))
	s.refused("MISSING_PARAMETER", modify, missing)
	s.refused("INVALID_PARAMETER_EXCEED_MAXIMUM", "DescribeInstances", `{"pageSize":1001}`)
	s.refused("OPERATION_DENIED_INTERNET_CHARGE_TYPE_NOT_SUPPORT", "CancelInstanceBandwidthDowngrade",
		`{"instanceId":"`+byUse+`"}`)
	control("POST", "console", `{"`+id+`":{"status":"STOPPED"}}`)
	s.refused("OPERATION_DENIED_INSTANCE_NOT_RUNNING", modify, s.sized(id, 50))
	control("POST", "console", `{"`+id+`":{"status":"RUNNING"}}`)
}

func (s service) traffic(id string) {
	now := time.Now().UTC()
	form := func(at time.Time) string { return at.Format("2006-01-02T15:04:05Z") }
	answer := s.ask("DescribeInstanceTraffic", fmt.Sprintf(`{"instanceId":"%s","startTime":"%s","endTime":"%s"}`,
		id, form(now.Add(-2*time.Hour)), form(now)))
	total := 0.0
	points := rows(answer["dataList"])
	for _, it := range points {
		at := must(time.Parse("2006-01-02T15:04:05Z", it["time"].(string)))
		check(at.Minute()%5 == 0 && at.Second() == 0, "%s mark %v", s.name, at)
		total += number(it, "internetTX")
	}
	check(len(points) >= 20, "%s samples", s.name)
	check(number(answer, "outTotal") == float64(int64(total)*300/8), "%s total", s.name)
	s.refused("INVALID_PARAMETER_DATE_FORMAT_ERROR", "DescribeInstanceTraffic",
		`{"instanceId":"`+id+`","startTime":"yesterday","endTime":"`+form(now)+`"}`)
}

func (s service) faults() {
	control("POST", "fault", `{"kind":"rate-limit","count":1}`)
	s.ask("DescribeInstances", "{}") // the SDK waits a second and asks again
	control("POST", "fault", `{"kind":"server-error","count":1}`)
	s.refused("SERVICE_TEMPORARY_UNAVAILABLE", "DescribeInstances", "{}")
	control("POST", "fault", `{"kind":"denied","count":1}`)
	s.refused("AUTHFAILURE_UNAUTHORIZED_OPERATION", "DescribeInstances", "{}")
	for kind, code := range map[string]string{"html": "JSON_PARSE_FAILED", "truncated": "JSON_PARSE_FAILED"} {
		control("POST", "fault", `{"kind":"`+kind+`","count":1}`)
		_, err := s.calls["DescribeInstances"]("{}")
		var failure *common.ZenlayerCloudSdkError
		check(errors.As(err, &failure) && failure.Code == code, "%s %s: %v", s.name, kind, err)
	}
	control("DELETE", "fault", "")
}

func main() {
	address = os.Args[1]
	id, password := "sandbox-id", "sandbox-password"
	byUse := map[string]string{"vm": "ByTrafficPackage", "bmc": "ByInstanceBandwidth95"}
	for _, open := range []func(string, string, string) service{vmOld, vmNew, bmcOld, bmcNew} {
		s := open(address, id, password)
		instances := s.lists()
		s.limits(instances)
		prepaid := s.some(instances, "PREPAID", "ByBandwidth", 50)
		postpaid := s.some(instances, "POSTPAID", "ByBandwidth", 0)
		free := s.some(instances, "POSTPAID", byUse[strings.Fields(s.name)[0]], -1)
		s.prices(prepaid, postpaid, free)
		s.prepaid(prepaid)
		s.postpaid(postpaid)
		s.refusals(prepaid, free)
		s.traffic(prepaid)
		open(address, id, "wrong").refused("AUTHFAILURE_SIGNATURE_FAILURE", "DescribeInstances", "{}")
		open(address, "nobody", password).refused("AUTHFAILURE_SIGNATURE_FAILURE", "DescribeInstances", "{}")
		s.faults()
		fmt.Printf("sdk: go %s ok\n", s.name)
	}
	for name, list := range tokens(address, "sandbox-token") {
		_, err := list("{}")
		check(err == nil, "%s with a token: %v", name, err)
	}
	for name, list := range tokens(address, "wrong") {
		_, err := list("{}")
		var refusal *common.ZenlayerCloudSdkError
		check(errors.As(err, &refusal) && refusal.Code == "AUTHFAILURE_INVALID_AUTHORIZATION",
			"%s with a wrong token: %v", name, err)
	}
	fmt.Printf("sdk: go ok, %d checks\n", checks)
}
