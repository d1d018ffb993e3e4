(* The train step (src/train/step.cpp): forward graph, backward pass, optimizer. Its arguments are the
   parameters, the optimizer's state, running statistics, the step's scalars (the learning rate, …) and the
   batch; its results the new parameters, the new state, the new statistics, the loss and the metrics. No
   reals. *)
From Coq Require Import ZArith List Bool PArith FMapPositive.
From Coq.Strings Require Import Byte.
From Pullback Require Import Base.Index Syntax Print.Bytes Ops.Op Autodiff.Prog Autodiff.Walk Autodiff.Network
  Optim.Optimizer.
Import ListNotations.

(* s_tail is what follows the forward graph. *)
Record train_step := Step { s_args : list input; s_results : list positive; s_tail : prog;
  s_next : positive }.

(* The state's arguments: parameter by parameter, "w$velocity" of w's type. *)
Fixpoint states_of (x : input) (endings : list literal) (n : positive) : list input :=
  match endings with
  | [] => []
  | e :: endings => (n, (fst (snd x) ++ bytes_of e, in_type x)) :: states_of x endings (Pos.succ n)
  end.
Fixpoint all_states (endings : list literal) (params : list input) (n : positive) : list (list input) *
  positive :=
  match params with
  | [] => ([], n)
  | x :: params =>
      let '(rest, m) := all_states endings params (after n endings) in (states_of x endings n :: rest, m)
  end.

(* Instantiates the rest of an optimizer's template for the parameter called base. *)
Fixpoint inst_update (base : name) (tm : named_code) (loc : list positive) (n : positive)
         (acc : list instr) : list positive * positive * list instr :=
  match tm with
  | [] => (loc, n, acc)
  | (t, e) :: tm =>
      inst_update base tm (loc ++ [n]) (Pos.succ n)
        (I n (t_op t) (map (fun j => nth j loc 1%positive) (t_args t)) (t_ats t) (t_rty t)
           (base ++ bytes_of e) :: acc)
  end.
Definition at_places (loc : list positive) (l : list nat) : list positive :=
  map (fun k => nth k loc 1%positive) l.

(* Of a batch that comes in parts: the sums over the parts so far in the place of the gradients. *)
Fixpoint accumulate (parts : decimal) (m : PM.t positive) (params : list input) (states : list (list positive))
         (n : positive) (acc : list instr) : PM.t positive * positive * list instr :=
  match params, states with
  | x :: params, st :: states =>
      match PM.find (fst x) m with
      | None => accumulate parts m params states n acc
      | Some g =>
          let '(loc, n, acc) :=
            inst_update (fst (snd x)) (accumulated_of parts (in_type x)) [g; last st 1%positive] n acc in
          let '(sums, n, acc) := accumulate parts m params states n acc in
          (PM.add (fst x) (nth 4 loc 1%positive) sums, n, acc)
      end
  | _, _ => (m, n, acc)
  end.
Definition accumulation (o : optimizer) (m : PM.t positive) (params : list input) (states : list (list positive))
           (n : positive) (acc : list instr) : PM.t positive * positive * list instr :=
  match o_parts o with Some k => accumulate k m params states n acc | None => (m, n, acc) end.

(* Clipping: the sum of the squares of all gradients; total is that of earlier parameters. *)
Fixpoint all_squares (m : PM.t positive) (params : list input) (total : option positive) (n : positive)
         (acc : list instr) : option positive * positive * list instr :=
  match params with
  | [] => (total, n, acc)
  | x :: params =>
      match PM.find (fst x) m with
      | None => all_squares m params total n acc
      | Some g =>
          let first := match total with None => true | Some _ => false end in
          let '(loc, n, acc) :=
            inst_update (fst (snd x)) (squares_of (in_type x) first)
              (g :: match total with None => [] | Some s => [s] end) n acc in
          all_squares m params (Some (nth (squares_at first) loc 1%positive)) n acc
      end
  end.
(* The scale of clipping, if gradients are clipped and there are any. *)
Definition clipping (o : optimizer) (e : elt) (m : PM.t positive) (params : list input) (n : positive)
           (acc : list instr) : list positive * positive * list instr :=
  match o_clip o with
  | None => ([], n, acc)
  | Some c =>
      let '(total, n, acc) := all_squares m params None n acc in
      match total with
      | None => ([], n, acc)
      | Some s =>
          let '(loc, n, acc) := inst_update [] (clip_of c e) [s] n acc in (at_places loc [4%nat], n, acc)
      end
  end.

(* What became of one parameter: its new value and its new state. *)
Definition updated := (positive * list positive)%type.
(* shared: the scalars that all parameters share, then the scale of clipping. *)
Definition update1 (o : optimizer) (shared : list positive) (m : PM.t positive) (x : input)
           (states : list positive) (n : positive) (acc : list instr) : updated * positive * list instr :=
  match PM.find (fst x) m with
  | None => ((fst x, states), n, acc)
  | Some g =>
      let u := update_of o (in_type x) in
      let '(loc, n, acc) := inst_update (fst (snd x)) (u_code u) (fst x :: g :: shared ++ states) n acc in
      ((nth (u_theta u) loc 1%positive, at_places loc (u_state u)), n, acc)
  end.
Fixpoint updates (o : optimizer) (shared : list positive) (m : PM.t positive) (params : list input)
         (states : list (list positive)) (n : positive) (acc : list instr)
  : list updated * positive * list instr :=
  match params, states with
  | x :: params, st :: states =>
      let '(u, n, acc) := update1 o shared m x st n acc in
      let '(us, n, acc) := updates o shared m params states n acc in
      (u :: us, n, acc)
  | _, _ => ([], n, acc)
  end.

(* The optimizer's code: scalars are the step's, states the parameters'. *)
Definition optimize (o : optimizer) (e : elt) (scalars : list positive) (m : PM.t positive)
           (params : list input) (states : list (list positive)) (n : positive)
  : list updated * positive * list instr :=
  let '(loc, n, acc) := inst_update [] (fst (shared_of o e)) scalars n [] in
  let '(m, n, acc) := accumulation o m params states n acc in
  let '(scale, n, acc) := clipping o e m params n acc in
  updates o (at_places loc (snd (shared_of o e)) ++ scale) m params states n acc.

Definition scalar_inputs (o : optimizer) (e : elt) (n : positive) : list input :=
  Network.number n (map (fun l => (bytes_of l, (e, []))) (scalars_of o)).
Definition make_train_step (n : network) (f : forward) (s : bst) (o : optimizer) : train_step :=
  let e := fst (loss_type f) in
  let '(states, first) := all_states (state_of o) (f_params f) (nxt s) in
  let scalars := scalar_inputs o e first in
  let '(us, next, acc) :=
    optimize o e (map fst scalars) (ctm s) (f_params f) (map (map fst) states) (after first (scalars_of o)) in
  Step (f_params f ++ concat states ++ f_stats f ++ scalars ++ f_batch f)
       (map fst us ++ concat (map snd us) ++ net_stat_results n ++ net_results n)
       (rev (code s) ++ rev acc) next.
Definition step_prog (f : forward) (st : train_step) : prog := f_prog f ++ s_tail st.

(* The step is well-typed, every instruction by its op's rule; the loss, the metrics and the statistics are
   values of the forward graph, one of its type for every statistic; parameters and gradients precede the
   optimizer's code; parameters are numbered in order. *)
Fixpoint ascending (l : list positive) : bool :=
  match l with x :: (y :: _) as l => Pos.ltb x y && ascending l | _ => true end.
Definition defined (G : PM.t ty) (x : positive) : bool :=
  match PM.find x G with Some _ => true | None => false end.
Definition precedes (s : bst) (x : positive) : bool := Pos.ltb x (nxt s).
Definition step_ok (n : network) (f : forward) (s : bst) (st : train_step) : bool :=
  match wf (add_inputs (s_args st) (PM.empty _)) (f_prog f) with
  | None => false
  | Some G =>
      forallb (defined G) (net_stat_results n ++ net_results n)
      && all2 (fun x r => has_ty G r (in_type x)) (f_stats f) (net_stat_results n)
      && match wf G (s_tail st) with Some _ => true | None => false end
      && forallb (fun x => precedes s (fst x)
                           && match PM.find (fst x) (ctm s) with Some g => precedes s g | None => true end)
                 (f_params f)
      && ascending (map fst (f_params f))
  end.
