"""Drives every call the daemon needs through the vendor's Python SDK, old and new versions.

usage: drive.py HOST:PORT      (a running `penstock sandbox`)
"""

import importlib
import sys
import time
from datetime import datetime, timedelta, timezone

import requests

from zenlayercloud.common.config import Config
from zenlayercloud.common.credential import Credential, TokenCredential
from zenlayercloud.common.excpetion.zenlayer_cloud_sdk_exception import ZenlayerCloudSdkException

ADDRESS = sys.argv[1]
KEYS = Credential("sandbox-id", "sandbox-password")
checks = 0


def check(condition, what):
    global checks
    checks += 1
    if not condition:
        raise SystemExit(f"FAILED: {what}")


def equal(value, expected, what):
    check(value == expected, f"{what}: {value!r} instead of {expected!r}")


class Service:
    """One version of one service; calls take keyword arguments named as on the wire."""

    def __init__(self, service, version, credential=KEYS):
        package = f"zenlayercloud.{service}.{version}"
        self.models = importlib.import_module(f"{package}.models")
        client = importlib.import_module(f"{package}.{service}_client")
        config = Config(scheme="http", domain=ADDRESS, request_timeout=10)
        self.client = getattr(client, f"{service.capitalize()}Client")(credential, config)
        self.name = f"{service} {version}"
        self.size = "internetMaxBandwidthOut" if service == "vm" else "bandwidthOutMbps"

    def call(self, action, **parameters):
        request = getattr(self.models, f"{action}Request")()
        for key, value in parameters.items():
            check(hasattr(request, key), f"{self.name} {action} has a parameter {key}")
            setattr(request, key, value)
        return getattr(self.client, action)(request)

    def refused(self, code, action, **parameters):
        try:
            self.call(action, **parameters)
        except ZenlayerCloudSdkException as refusal:
            equal(refusal.code, code, f"{self.name} {action} {parameters}")
            check(refusal.request_id, f"{self.name} {action} names the request")
            return
        raise SystemExit(f"FAILED: {self.name} {action} {parameters}: no {code}")


def control(method, path, body=None):
    response = requests.request(method, f"http://{ADDRESS}/sandbox/{path}", json=body, timeout=10)
    equal(response.status_code, 200, f"{method} {path} {body}: {response.text}")
    return response.json()


def some(instances, charge, internet="ByBandwidth", above=0):
    for it in instances:
        size = getattr(it, "internetMaxBandwidthOut", None)
        size = it.bandwidthOutMbps if size is None else size
        matches = (it.instanceChargeType, it.internetChargeType) == (charge, internet)
        if matches and it.instanceStatus == "RUNNING" and size > above:
            return it
    raise SystemExit(f"FAILED: the fleet has no {charge} {internet}")


def lists(api, service):
    zones = api.call("DescribeZones").zoneSet
    check(len(zones) >= 5 and all(zone.zoneId for zone in zones), f"{api.name} zones")
    seen, total, page = [], None, 0
    while total is None or len(seen) < total:
        page += 1
        answer = api.call("DescribeInstances", pageNum=page, pageSize=2)
        total = answer.totalCount
        check(answer.dataSet, f"{api.name} page {page}")
        seen += answer.dataSet
    equal(len({it.instanceId for it in seen}), total, f"{api.name} paging")
    for it in seen:
        check(it.instanceName and it.zoneId and it.createTime.endswith("Z"), f"{api.name} fields")
        equal(it.expiredTime is None, it.instanceChargeType == "POSTPAID", f"{api.name} term")
        check({tag.key for tag in it.tags.tags} >= {"role", "env"}, f"{api.name} tags")
        if service == "bmc":
            check(it.instanceType.maximumBandwidth > 0, f"{api.name} maximum bandwidth")
    first = seen[0]
    found = api.call("DescribeInstances", instanceIds=[first.instanceId], pageSize=100)
    equal([it.instanceId for it in found.dataSet], [first.instanceId], f"{api.name} by id")
    tag = api.models.Tag()
    tag.key, tag.value = first.tags.tags[0].key, first.tags.tags[0].value
    found = api.call("DescribeInstances", tags=[tag], instanceName=first.instanceName[:3] + "*")
    check(first.instanceId in [it.instanceId for it in found.dataSet], f"{api.name} by tag")
    return seen


def limits(api, service, instances):
    if service == "vm":
        answer = api.call("DescribeInstancesStatus", pageSize=100)
        equal(answer.totalCount, len(instances), f"{api.name} statuses")
        quota = api.call("DescribeZoneInstanceConfigInfos", instanceChargeType="PREPAID")
        values = {it.internetMaxBandwidthOutLimit for it in quota.instanceTypeQuotaSet}
        check(-1 in values and max(values) >= 1500, f"{api.name} limits {values}")
        api.refused("INVALID_ZONE_NOT_FOUND", "DescribeZoneInstanceConfigInfos",
                    instanceChargeType="PREPAID", zoneId="NOWHERE")
        api.refused("MISSING_PARAMETER", "DescribeZoneInstanceConfigInfos")
    else:
        types = api.call("DescribeInstanceTypes").instanceTypes
        check(all(it.maximumBandwidth > 0 for it in types), f"{api.name} types")
        stock = api.call("DescribeAvailableResources", instanceChargeType="PREPAID")
        check(any(it.defaultBandwidthOut == 50 for it in stock.availableResources),
              f"{api.name} included bandwidth")
        api.refused("MISSING_PARAMETER", "DescribeAvailableResources")


def status(api, instance_id):
    it = api.call("DescribeInstanceInternetStatus", instanceId=instance_id)
    equal(it.instanceId, instance_id, f"{api.name} status")
    return (it.internetMaxBandwidthOut, it.modifiedBandwidthStatus,
            it.modifiedInternetMaxBandwidthOut)


def settle(api, instance_id, expected):
    for _ in range(50):
        if status(api, instance_id)[1] == "Enable":
            break
        time.sleep(0.2)
    equal(status(api, instance_id), (expected, "Enable", None), f"{api.name} in the end")


def prices(api, prepaid, postpaid, by_use):
    size = status(api, prepaid)[0]
    price = api.call("InquiryPriceInstanceBandwidth", instanceId=prepaid,
                     **{api.size: size + 100}).bandwidthPrice
    equal(len(price), 1, f"{api.name} price")
    check(price[0].originalPrice >= price[0].discountPrice > 0, f"{api.name} prepaid price")
    check(price[0].unitPrice is None, f"{api.name} prepaid unit price")
    price = api.call("InquiryPriceInstanceBandwidth", instanceId=postpaid,
                     **{api.size: 600}).bandwidthPrice[0]
    equal(price.chargeUnit, "HOUR", f"{api.name} charge unit")
    steps = getattr(price, "stepPrices", None)  # old models lack the member where it is null
    if steps:
        check(steps[0].unitPrice > 0, f"{api.name} step price")
        check(steps[-1].stepEnd is None, f"{api.name} last step")
    else:
        check(price.unitPrice > 0, f"{api.name} unit price")
    api.refused("OPERATION_DENIED_INTERNET_CHARGE_TYPE_NOT_SUPPORT",
                "InquiryPriceInstanceBandwidth", instanceId=by_use, **{api.size: 100})


def prepaid_changes(api, service, billing, instance_id):
    size = status(api, instance_id)[0]
    before = billing.call("DescribeCustomerBalance").purchasingPower
    order = api.call("ModifyInstanceBandwidth", instanceId=instance_id,
                     **{api.size: size + 100}).orderNumber
    check(order, f"{api.name} order number")
    equal(status(api, instance_id), (size, "Processing", size + 100), f"{api.name} under way")
    api.refused("OPERATION_DENIED_INSTANCE_BANDWIDTH_PROCESSING" if service == "vm" else
                "OPERATION_FAILED_INSTANCE_BANDWIDTH_PROCESSING",
                "ModifyInstanceBandwidth", instanceId=instance_id, **{api.size: size + 101})
    settle(api, instance_id, size + 100)
    after = billing.call("DescribeCustomerBalance").purchasingPower
    history = billing.call("DescribeTransactionHistory", pageSize=1000,
                           transactionType=["DEDUCTION"])
    paid = [it for it in history.dataSet if it.orderSn == order]
    equal(len(paid), 1, f"{api.name} transactions of the order")
    check(0 < paid[0].amount <= before - after, f"{api.name} charge {paid[0].amount}")
    check(api.call("ModifyInstanceBandwidth", instanceId=instance_id,
                   **{api.size: size}).orderNumber, f"{api.name} downgrade order")
    equal(status(api, instance_id), (size + 100, "WaitToEnable", size), f"{api.name} scheduled")
    api.refused("OPERATION_DENIED_INSTANCE_EXIST_PLAN_BANDWIDTH", "ModifyInstanceBandwidth",
                instanceId=instance_id, **{api.size: size + 200})
    check(api.call("CancelInstanceBandwidthDowngrade", instanceId=instance_id).requestId,
          f"{api.name} cancel")
    equal(status(api, instance_id), (size + 100, "Enable", None), f"{api.name} cancelled")
    api.refused("OPERATION_DENIED_DOWNGRADE_NOT_EXIST", "CancelInstanceBandwidthDowngrade",
                instanceId=instance_id)


def postpaid_changes(api, instance_id):
    size = status(api, instance_id)[0]
    for target in (size + 50, size):
        answer = api.call("ModifyInstanceBandwidth", instanceId=instance_id,
                          **{api.size: target})
        check(not answer.orderNumber, f"{api.name} postpaid order number")
        settle(api, instance_id, target)


def refusals(api, instance_id, by_use):
    modify = "ModifyInstanceBandwidth"
    api.refused("INVALID_INSTANCE_NOT_FOUND", modify, instanceId="1", **{api.size: 100})
    api.refused("INVALID_INSTANCE_NOT_FOUND", "DescribeInstanceInternetStatus", instanceId="1")
    api.refused("INVALID_PARAMETER_BANDWIDTH_EXCEED", modify, instanceId=instance_id,
                **{api.size: 1_000_000})
    api.refused("INVALID_PARAMETER_LESS_MINIMUM", modify, instanceId=instance_id, **{api.size: 0})
    api.refused("INVALID_PARAMETER_TYPE", modify, instanceId=instance_id, **{api.size: "lots"})
    api.refused("MISSING_PARAMETER", modify, instanceId=instance_id)
    api.refused("INVALID_PARAMETER_EXCEED_MAXIMUM", "DescribeInstances", pageSize=1001)
    api.refused("OPERATION_DENIED_INTERNET_CHARGE_TYPE_NOT_SUPPORT",
                "CancelInstanceBandwidthDowngrade", instanceId=by_use)
    control("POST", "console", {instance_id: {"status": "STOPPED"}})
    api.refused("OPERATION_DENIED_INSTANCE_NOT_RUNNING", modify, instanceId=instance_id,
                **{api.size: 50})
    control("POST", "console", {instance_id: {"status": "RUNNING"}})


def traffic(api, instance_id):
    form = "%Y-%m-%dT%H:%M:%SZ"
    now = datetime.now(timezone.utc)
    answer = api.call("DescribeInstanceTraffic", instanceId=instance_id,
                      startTime=(now - timedelta(hours=2)).strftime(form),
                      endTime=now.strftime(form))
    check(len(answer.dataList) >= 20, f"{api.name} samples")
    equal(answer.unit, "bps", f"{api.name} unit")
    for point in answer.dataList:
        equal(datetime.strptime(point.time, form).minute % 5, 0, f"{api.name} mark")
    total = sum(point.internetTX for point in answer.dataList) * 300 // 8
    equal(answer.outTotal, total, f"{api.name} total")
    api.refused("INVALID_PARAMETER_DATE_FORMAT_ERROR", "DescribeInstanceTraffic",
                instanceId=instance_id, startTime="yesterday", endTime=now.strftime(form))


def access(service, version):
    Service(service, version, TokenCredential("sandbox-token")).call("DescribeInstances")
    Service(service, version, Credential("sandbox-id", "wrong")).refused(
        "AUTHFAILURE_SIGNATURE_FAILURE", "DescribeInstances")
    Service(service, version, Credential("nobody", "sandbox-password")).refused(
        "AUTHFAILURE_SIGNATURE_FAILURE", "DescribeInstances")
    Service(service, version, TokenCredential("wrong")).refused(
        "AUTHFAILURE_INVALID_AUTHORIZATION", "DescribeInstances")
    real_time, api = time.time, Service(service, version)
    time.time = lambda: real_time() - 600
    try:
        api.refused("AUTHFAILURE_SIGNATURE_EXPIRED", "DescribeInstances")
    finally:
        time.time = real_time
    # Named in an old document, in no SDK: the provider knows no such action.
    api.client.DescribeInstanceBandwidth = lambda request: api.client._api_call(
        "DescribeInstanceBandwidth", request)
    api.models.DescribeInstanceBandwidthRequest = api.models.DescribeInstancesRequest
    api.refused("AUTHFAILURE_UNAUTHORIZED_OPERATION", "DescribeInstanceBandwidth")


def faults(api):
    control("POST", "fault", {"kind": "rate-limit", "count": 1})
    api.call("DescribeInstances")  # the SDK waits a second and asks again
    for kind, code in (("server-error", "SERVICE_TEMPORARY_UNAVAILABLE"),
                       ("denied", "AUTHFAILURE_UNAUTHORIZED_OPERATION")):
        control("POST", "fault", {"kind": kind, "count": 1})
        api.refused(code, "DescribeInstances")
    for kind, code in (("challenge", "SECURITY_CHALLENGE"), ("lost-request", "NETWORK_ERROR")):
        control("POST", "fault", {"kind": kind, "count": 1})
        try:
            api.call("DescribeInstances")
        except ZenlayerCloudSdkException as refusal:
            equal(refusal.code, code, f"{api.name} {kind}")
        else:
            raise SystemExit(f"FAILED: {api.name} {kind} went unnoticed")
    control("DELETE", "fault")


def main():
    for service, versions in (("vm", ("v20230313", "v20260401")),
                              ("bmc", ("v20221120", "v20260201"))):
        for version in versions:
            api, billing = Service(service, version), Service("zbc", "v20240809")
            instances = lists(api, service)
            limits(api, service, instances)
            prepaid = some(instances, "PREPAID", above=50).instanceId
            postpaid = some(instances, "POSTPAID").instanceId
            by_use = some(instances, "POSTPAID", "ByTrafficPackage" if service == "vm" else
                          "ByInstanceBandwidth95", above=-1).instanceId
            prices(api, prepaid, postpaid, by_use)
            prepaid_changes(api, service, billing, prepaid)
            postpaid_changes(api, postpaid)
            refusals(api, prepaid, by_use)
            traffic(api, prepaid)
            access(service, version)
            faults(api)
            print(f"sdk: python {api.name} ok")
    ledger = control("GET", "ledger")
    equal(ledger["violations"].get("doubled-order", 0), 0, "doubled orders")
    print(f"sdk: python ok, {checks} checks")


main()
