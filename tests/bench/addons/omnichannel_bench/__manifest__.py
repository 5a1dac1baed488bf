{
    "name": "Omnichannel Bench",
    "summary": "Baselines that `make bench` compares with; never shipped",
    "version": "19.0.1.0.0",
    "category": "Hidden/Tests",
    "author": "Omnichannel",
    "license": "LGPL-3",
    "depends": ["omnichannel_test"],
    "data": ["security/ir.model.access.csv"],
}
