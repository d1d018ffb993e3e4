(* The certificate of a network: from its forward graph and an optimizer, the text of its train step, as
   Coq computes it. Certificate/Theorem.v says what that text computes. No reals. *)
From Coq Require Import ZArith List Bool PArith FMapPositive.
From Coq.Strings Require Import Byte.
From Pullback Require Import Base.Index Syntax Ops.Op Autodiff.Prog Autodiff.Walk Autodiff.Network
  Composite.Lower Optim.Optimizer Optim.TrainStep Print.Bytes Print.Module.
Import ListNotations.

(* A train step with all that led to it; c_program is the step with its composites lowered. *)
Record certified := Certified {
  c_forward : forward; c_walk : bst; c_step : train_step; c_program : prog }.

(* Why there is no certificate. *)
Inductive refusal :=
| untyped (instr : nat)       (* this instruction has no type, or none in the certified domain *)
| unsuitable (check : nat)    (* a check of forward_ok fails *)
| no_template (instr : nat)   (* this instruction's op, on the cotangents' way, has no backward template *)
| step_ill_typed              (* the step, or its lowered form, is ill-typed *)
| unprintable.                (* names that are illegal or not distinct *)

(* All ids are below n: lowering numbers from there. *)
Definition ids_below (n : positive) (st : train_step) (p : prog) : bool :=
  forallb (fun x => Pos.ltb (fst x) n) (s_args st)
  && forallb (fun i => Pos.ltb (res i) n && forallb (fun a => Pos.ltb a n) (args i)) p
  && forallb (fun x => Pos.ltb x n) (s_results st).

Definition certify (n : network) (o : optimizer) : certified + refusal :=
  match elaborated n with
  | None => inr (untyped 0)
  | Some f =>
      if forward_ok f then
        match backward f with
        | None => inr (no_template 0)
        | Some s =>
            let st := make_train_step n f s o in
            let p := step_prog f st in
            let q := fst (lower (s_next st) p) in
            if step_ok n f s st && ids_below (s_next st) st p
               && match wf (add_inputs (s_args st) (PM.empty _)) q with Some _ => true | None => false end
            then inl (Certified f s st q) else inr step_ill_typed
        end
      else inr (unsuitable 0)
  end.

(* The StableHLO module of the train step. *)
Definition step_text (n : network) (o : optimizer) : option (list byte) :=
  match certify n o with
  | inl c => print_module (net_name n) (s_args (c_step c)) (s_results (c_step c)) (c_program c)
  | inr _ => None
  end.

(* The number of the first instruction of a forward graph that has no type. *)
Fixpoint first_untyped (G : PM.t ty) (id : positive) (k : nat) (body : list (op * list positive * name))
  : option nat :=
  match body with
  | [] => None
  | (o, aa, _) :: body =>
      match lookup_all G aa with
      | None => Some k
      | Some ts =>
          match infer o ts with
          | None => Some k
          | Some t => first_untyped (PM.add id t G) (Pos.succ id) (S k) body
          end
      end
  end.
(* Which check of forward_ok fails, counted from 1. *)
Fixpoint first_false (k : nat) (l : list bool) : nat :=
  match l with [] => 0 | b :: l => if b then first_false (S k) l else k end.
Definition failing_check (f : forward) : nat :=
  let act := mem (f_active f) in
  first_false 1
    [forallb (fun x => tfloat (in_type x) && act (fst x)) (f_params f);
     forallb (fun x => negb (act (fst x))) (f_stats f ++ f_batch f);
     match PM.find (f_loss f) (f_types f) with
     | Some t => tfloat t && match snd t with [] => true | _ => false end
     | None => false end;
     forallb finite_instr (f_prog f);
     forallb (instr_ok f) (f_prog f);
     all_bounds_ok act (f_prog f)].
(* The number of the last instruction on the loss's way whose op has no backward template. *)
Definition lacks_template (f : forward) (i : instr) : bool :=
  let needs := map (mem (f_active f)) (args i) in
  mem (f_cone f) (res i) && existsb (fun b => b) needs
  && match vjp (iop i) needs (ats i) (rty i) with None => true | Some _ => false end.
Definition last_templateless (f : forward) : nat :=
  snd (fold_left (fun '(k, found) i => (S k, if lacks_template f i then k else found)) (f_prog f) (0, 0))%nat.
(* A refusal with the instruction or the check that it is about. *)
Definition located (n : network) (r : refusal) : refusal :=
  match r, elaborated n with
  | untyped _, _ =>
      match first_untyped (inputs_of n) (first_of n) 0 (net_body n) with
      | Some k => untyped k
      | None => r
      end
  | unsuitable _, Some f => unsuitable (failing_check f)
  | no_template _, Some f => no_template (last_templateless f)
  | _, _ => r
  end.
Definition refusal_of (n : network) (o : optimizer) : option refusal :=
  match certify n o with
  | inl _ => match step_text n o with Some _ => None | None => Some unprintable end
  | inr r => Some (located n r)
  end.
