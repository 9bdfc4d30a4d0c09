package main

import (
	"encoding/json"
	"errors"
	"net/http"

	bmcold "github.com/zenlayer/zenlayercloud-sdk-go/zenlayercloud/bmc20221120"
	bmcnew "github.com/zenlayer/zenlayercloud-sdk-go/zenlayercloud/bmc20260201"
	"github.com/zenlayer/zenlayercloud-sdk-go/zenlayercloud/common"
	vmold "github.com/zenlayer/zenlayercloud-sdk-go/zenlayercloud/vm20230313"
	vmnew "github.com/zenlayer/zenlayercloud-sdk-go/zenlayercloud/vm20260401"
	zbc "github.com/zenlayer/zenlayercloud-sdk-go/zenlayercloud/zbc20240809"
)

// A call takes the request's members as JSON and gives the response's members as the SDK's own
// types decoded them; the wire format is thus proven by the SDK's strict decoding.
type call func(body string) (map[string]any, error)

type service struct {
	name, size string
	calls      map[string]call
}

// typed fills the SDK's request from JSON, sends it, and turns the SDK's response into a map.
func typed[Request, Response any](fresh func() Request, send func(Request) (Response, error)) call {
	return func(body string) (map[string]any, error) {
		request := fresh()
		if err := json.Unmarshal([]byte(body), request); err != nil {
			return nil, err
		}
		response, err := send(request)
		if err != nil {
			return nil, err
		}
		text, err := json.Marshal(response)
		if err != nil {
			return nil, err
		}
		var whole struct {
			RequestId string         `json:"requestId"`
			Response  map[string]any `json:"response"`
		}
		if err := json.Unmarshal(text, &whole); err != nil {
			return nil, err
		}
		if whole.RequestId == "" || whole.Response["requestId"] != whole.RequestId {
			return nil, errors.New("the request id is not there twice")
		}
		return whole.Response, nil
	}
}

func config(address string) *common.Config {
	it := common.NewConfig().WithScheme("HTTP").WithTimeout(10)
	it.Domain = address
	it.HttpTransport = &http.Transport{DisableKeepAlives: true}
	return it
}

func must[T any](value T, err error) T {
	if err != nil {
		fail("%v", err)
	}
	return value
}

func vmOld(address, id, password string) service {
	c := must(vmold.NewClient(config(address), id, password))
	return service{"vm 2023-03-13", "internetMaxBandwidthOut", map[string]call{
		"DescribeZones":                    typed(vmold.NewDescribeZonesRequest, c.DescribeZones),
		"DescribeInstances":                typed(vmold.NewDescribeInstancesRequest, c.DescribeInstances),
		"DescribeInstancesStatus":          typed(vmold.NewDescribeInstancesStatusRequest, c.DescribeInstancesStatus),
		"DescribeZoneInstanceConfigInfos":  typed(vmold.NewDescribeZoneInstanceConfigInfosRequest, c.DescribeZoneInstanceConfigInfos),
		"DescribeInstanceInternetStatus":   typed(vmold.NewDescribeInstanceInternetStatusRequest, c.DescribeInstanceInternetStatus),
		"InquiryPriceInstanceBandwidth":    typed(vmold.NewInquiryPriceInstanceBandwidthRequest, c.InquiryPriceInstanceBandwidth),
		"ModifyInstanceBandwidth":          typed(vmold.NewModifyInstanceBandwidthRequest, c.ModifyInstanceBandwidth),
		"CancelInstanceBandwidthDowngrade": typed(vmold.NewCancelInstanceBandwidthDowngradeRequest, c.CancelInstanceBandwidthDowngrade),
		"DescribeInstanceTraffic":          typed(vmold.NewDescribeInstanceTrafficRequest, c.DescribeInstanceTraffic),
	}}
}

func vmNew(address, id, password string) service {
	c := must(vmnew.NewClient(config(address), id, password))
	return service{"vm 2026-04-01", "internetMaxBandwidthOut", map[string]call{
		"DescribeZones":                    typed(vmnew.NewDescribeZonesRequest, c.DescribeZones),
		"DescribeInstances":                typed(vmnew.NewDescribeInstancesRequest, c.DescribeInstances),
		"DescribeInstancesStatus":          typed(vmnew.NewDescribeInstancesStatusRequest, c.DescribeInstancesStatus),
		"DescribeZoneInstanceConfigInfos":  typed(vmnew.NewDescribeZoneInstanceConfigInfosRequest, c.DescribeZoneInstanceConfigInfos),
		"DescribeInstanceInternetStatus":   typed(vmnew.NewDescribeInstanceInternetStatusRequest, c.DescribeInstanceInternetStatus),
		"InquiryPriceInstanceBandwidth":    typed(vmnew.NewInquiryPriceInstanceBandwidthRequest, c.InquiryPriceInstanceBandwidth),
		"ModifyInstanceBandwidth":          typed(vmnew.NewModifyInstanceBandwidthRequest, c.ModifyInstanceBandwidth),
		"CancelInstanceBandwidthDowngrade": typed(vmnew.NewCancelInstanceBandwidthDowngradeRequest, c.CancelInstanceBandwidthDowngrade),
		"DescribeInstanceTraffic":          typed(vmnew.NewDescribeInstanceTrafficRequest, c.DescribeInstanceTraffic),
	}}
}

func bmcOld(address, id, password string) service {
	c := must(bmcold.NewClient(config(address), id, password))
	return service{"bmc 2022-11-20", "bandwidthOutMbps", map[string]call{
		"DescribeZones":                    typed(bmcold.NewDescribeZonesRequest, c.DescribeZones),
		"DescribeInstances":                typed(bmcold.NewDescribeInstancesRequest, c.DescribeInstances),
		"DescribeInstanceTypes":            typed(bmcold.NewDescribeInstanceTypesRequest, c.DescribeInstanceTypes),
		"DescribeAvailableResources":       typed(bmcold.NewDescribeAvailableResourcesRequest, c.DescribeAvailableResources),
		"DescribeInstanceInternetStatus":   typed(bmcold.NewDescribeInstanceInternetStatusRequest, c.DescribeInstanceInternetStatus),
		"InquiryPriceInstanceBandwidth":    typed(bmcold.NewInquiryPriceInstanceBandwidthRequest, c.InquiryPriceInstanceBandwidth),
		"ModifyInstanceBandwidth":          typed(bmcold.NewModifyInstanceBandwidthRequest, c.ModifyInstanceBandwidth),
		"CancelInstanceBandwidthDowngrade": typed(bmcold.NewCancelInstanceBandwidthDowngradeRequest, c.CancelInstanceBandwidthDowngrade),
		"DescribeInstanceTraffic":          typed(bmcold.NewDescribeInstanceTrafficRequest, c.DescribeInstanceTraffic),
	}}
}

func bmcNew(address, id, password string) service {
	c := must(bmcnew.NewClient(config(address), id, password))
	return service{"bmc 2026-02-01", "bandwidthOutMbps", map[string]call{
		"DescribeZones":                    typed(bmcnew.NewDescribeZonesRequest, c.DescribeZones),
		"DescribeInstances":                typed(bmcnew.NewDescribeInstancesRequest, c.DescribeInstances),
		"DescribeInstanceTypes":            typed(bmcnew.NewDescribeInstanceTypesRequest, c.DescribeInstanceTypes),
		"DescribeAvailableResources":       typed(bmcnew.NewDescribeAvailableResourcesRequest, c.DescribeAvailableResources),
		"DescribeInstanceInternetStatus":   typed(bmcnew.NewDescribeInstanceInternetStatusRequest, c.DescribeInstanceInternetStatus),
		"InquiryPriceInstanceBandwidth":    typed(bmcnew.NewInquiryPriceInstanceBandwidthRequest, c.InquiryPriceInstanceBandwidth),
		"ModifyInstanceBandwidth":          typed(bmcnew.NewModifyInstanceBandwidthRequest, c.ModifyInstanceBandwidth),
		"CancelInstanceBandwidthDowngrade": typed(bmcnew.NewCancelInstanceBandwidthDowngradeRequest, c.CancelInstanceBandwidthDowngrade),
		"DescribeInstanceTraffic":          typed(bmcnew.NewDescribeInstanceTrafficRequest, c.DescribeInstanceTraffic),
	}}
}

func billing(address string) service {
	c := must(zbc.NewClient(config(address), "sandbox-id", "sandbox-password"))
	return service{"zbc", "", map[string]call{
		"DescribeCustomerBalance":    typed(zbc.NewDescribeCustomerBalanceRequest, c.DescribeCustomerBalance),
		"DescribeTransactionHistory": typed(zbc.NewDescribeTransactionHistoryRequest, c.DescribeTransactionHistory),
	}}
}

// tokens lists instances with a bearer token through each version.
func tokens(address, token string) map[string]call {
	a := must(vmold.NewClientWithTokenAndConfig(config(address), token))
	b := must(vmnew.NewClientWithTokenAndConfig(config(address), token))
	c := must(bmcold.NewClientWithTokenAndConfig(config(address), token))
	d := must(bmcnew.NewClientWithTokenAndConfig(config(address), token))
	return map[string]call{
		"vm 2023-03-13":  typed(vmold.NewDescribeInstancesRequest, a.DescribeInstances),
		"vm 2026-04-01":  typed(vmnew.NewDescribeInstancesRequest, b.DescribeInstances),
		"bmc 2022-11-20": typed(bmcold.NewDescribeInstancesRequest, c.DescribeInstances),
		"bmc 2026-02-01": typed(bmcnew.NewDescribeInstancesRequest, d.DescribeInstances),
	}
}
